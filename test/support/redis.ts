import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { eventually } from './dev-eventually.js';
import { freePort } from './free-port.js';
import { installed } from './installed.js';

/** A server of this machine alone, with its own folder. */
export type TestRedis = {
  readonly port: number;
  readonly url: string;
  /** One command, past whatever is tested. */
  ask(...words: readonly string[]): Promise<unknown>;
  close(): Promise<void>;
};

/** Behind the name of a suite that can't run without it; empty where it is there. */
export const redisMissing =
  installed('redis') === null ? ' (no Redis: run npm test, whose set-up says why)' : '';

export async function startRedis(settings: readonly string[] = []): Promise<TestRedis> {
  const path = installed('redis')?.path;
  if (path === undefined) throw new Error('there is no redis-server here');
  const folder = mkdtempSync(join(tmpdir(), 'forbear-redis-'));
  const port = await freePort();
  const here = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
  const child = spawn(path, [...here, '--appendonly', 'no', ...settings], { stdio: 'ignore' });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const url = `redis://127.0.0.1:${port}`;
  try {
    const client = await connected(url, child);
    return {
      port,
      url,
      ask: (...words) => client.sendCommand([...words]),
      close: async () => {
        process.off('exit', kill);
        if (client.isOpen) client.destroy();
        await ended(child);
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    kill();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function connected(url: string, child: ChildProcess) {
  return eventually('Redis answers', async () => {
    if (child.exitCode !== null) throw new Error(`Redis ended with ${child.exitCode}`);
    const client = createClient({ url, RESP: 2, socket: { reconnectStrategy: false } });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGKILL');
  await gone;
}

export type TestCluster = { readonly nodes: readonly TestRedis[]; close(): Promise<void> };

const slots = 16_384;

/** Three masters, which hold a third of the slots each; no replicas. */
export async function startRedisCluster(
  settingsOf: (n: number) => readonly string[] = () => [],
): Promise<TestCluster> {
  const nodes: TestRedis[] = [];
  const close = async () => {
    await Promise.all(nodes.map((node) => node.close()));
  };
  try {
    const own = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];
    for (let n = 0; n < 3; n += 1) nodes.push(await startRedis([...own, ...settingsOf(n)]));
    await joined(nodes);
    return { nodes, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function joined(nodes: readonly TestRedis[]): Promise<void> {
  const [first] = nodes;
  const bound = (n: number) => Math.floor((slots * n) / nodes.length);
  for (const [n, node] of nodes.entries()) {
    await node.ask('CLUSTER', 'ADDSLOTSRANGE', String(bound(n)), String(bound(n + 1) - 1));
    await node.ask('CLUSTER', 'SET-CONFIG-EPOCH', String(n + 1));
    if (node !== first) await node.ask('CLUSTER', 'MEET', '127.0.0.1', String(first?.port));
  }
  for (const node of nodes)
    await eventually('the cluster is whole', async () => {
      const info = String(await node.ask('CLUSTER', 'INFO'));
      return info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3');
    });
}
