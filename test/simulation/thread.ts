import { parentPort, workerData } from 'node:worker_threads';
import { judgeWorld } from './fleet.js';

export type Order = { readonly seeds: readonly number[]; readonly accounts: number };

const { seeds, accounts } = workerData as Order;
parentPort?.postMessage('ready');
for (const seed of seeds) parentPort?.postMessage(judgeWorld(seed, accounts));
