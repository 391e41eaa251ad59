import { join } from 'node:path';
import type { Command } from './leashed.js';
import { printsJson, type Part } from './part.js';

type OurSettings = {
  readonly root: string;
  readonly dataFolder: string;
  readonly env: Readonly<Record<string, string>>;
};

export function apiPart(settings: OurSettings, api: string): Part {
  return { name: 'api', command: forbear('serve', settings), ready: () => isOk(`${api}/readyz`) };
}

export function workerPart(settings: OurSettings): Part {
  return { name: 'worker', command: forbear('worker', settings), ready: printsJson('ready') };
}

function forbear(command: 'serve' | 'worker', { root, env }: OurSettings): Command {
  const args = [join(root, 'bin', 'forbear.mjs'), command];
  return { command: process.execPath, args, cwd: root, env, stopSignal: 'SIGTERM' };
}

async function isOk(url: string): Promise<boolean> {
  return (await fetch(url, { signal: AbortSignal.timeout(5_000) })).ok;
}
