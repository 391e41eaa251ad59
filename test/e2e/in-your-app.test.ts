import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { compileIn, makeConsumer } from '../support/app-package.js';
import { answerOf, createStandIn, listen, payUrl, standInKey, type StandIn } from '../support/app-standin.js';
import { changeTo, delivery, webhookSecret } from '../support/app-webhooks.js';
import { eventually } from '../support/dev-eventually.js';
import { makeTestFolder } from '../support/stack-folder.js';

const guide = readFileSync(new URL('../../docs/in-your-app.md', import.meta.url), 'utf8');
const blocks = Object.fromEntries(
  [...guide.matchAll(/^```ts\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)].map(([, name = '', code = '']) => [
    name,
    code,
  ]),
);

let folder: ReturnType<typeof makeTestFolder>;
let compiled: string;
let standIn: StandIn;
let api: Awaited<ReturnType<typeof listen>>;
let running: ChildProcess | null = null;

beforeAll(async () => {
  folder = makeTestFolder('guide');
  compiled = await compileIn(await makeConsumer(folder.path), 'guide', blocks);
  standIn = createStandIn();
  api = await listen(standIn.app);
});
afterAll(async () => {
  await api?.close();
  folder.remove();
});
afterEach(async () => {
  const child = running;
  running = null;
  if (child === null || child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill();
  await ended;
});

const environment = () => ({
  PATH: process.env.PATH,
  FORBEAR_URL: api.url,
  FORBEAR_KEY: standInKey,
  FORBEAR_WEBHOOK_SECRET: webhookSecret,
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Runs a block as the app that it is; resolves when it answers. */
async function start(block: string): Promise<(path: string, init?: RequestInit) => Promise<Response>> {
  const port = await freePort();
  const env = { ...environment(), PORT: String(port) };
  running = spawn(process.execPath, [join(compiled, block)], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  running.stderr?.on('data', (data) => (said += String(data)));
  const request = (path: string, init?: RequestInit) => fetch(`http://localhost:${port}${path}`, init);
  await eventually('the app answers', () => request('/nowhere')).catch((cause: unknown) => {
    throw new Error(`the app said: ${said}`, { cause });
  });
  return request;
}

async function runToEnd(block: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(compiled, block)], {
    env: environment(),
  });
  return stdout.trim();
}

describe('the guide "In your app"', () => {
  it('has all of its TypeScript in files that are compiled and run here', () => {
    expect(guide.match(/^```ts$/gm)).toHaveLength(Object.keys(blocks).length);
    expect(Object.keys(blocks).sort()).toEqual(
      ['accounts', 'express', 'fetch', 'flags', 'follow', 'forbear', 'hono', 'session'].map(
        (name) => `${name}.ts`,
      ),
    );
  });

  it.each(['hono.js', 'express.js', 'fetch.js'])('builds an app that obeys: %s', async (block) => {
    standIn.state.answer = answerOf('active');
    const request = await start(block);
    const headers = { cookie: 'account=acme' };
    const addSeat = () => request('/seats', { method: 'POST', headers });
    expect(await (await addSeat()).json()).toEqual({ added: true });

    standIn.state.answer = answerOf('suspended');
    const pushed = delivery(changeTo(standIn.state.answer, new Date()), new Date());
    expect((await request('/webhooks/forbear', pushed)).status).toBe(204);
    const refused = await addSeat();
    expect([refused.status, await refused.json()]).toEqual([402, expect.objectContaining({ payUrl })]);
    expect((await request('/webhooks/forbear', { ...pushed, body: '{}' })).status).toBe(400);

    const isOpen = async (path: string) => (await request(path, { headers })).status !== 402;
    // The handler of the block that speaks fetch has routes of its own for what is open.
    if (block !== 'fetch.js')
      expect([await isOpen('/export/all'), await isOpen('/projects')]).toEqual([true, false]);

    const banner = await request('/billing/banner', { headers });
    expect(await banner.json()).toMatchObject({ isOverdue: true, access: 'suspended', payUrl });
    expect(await (await request('/billing/banner')).json()).toMatchObject({ isOverdue: false });

    standIn.state.answer = answerOf('grace_period', ['nonpayment'], {
      allowed: { read: true, write: true, grow: false, run: true, export: true },
    });
    await eventually(
      'a second has passed',
      async () => (await addSeat()).headers.get('cache-control') === null,
      5_000,
    );
    const held = await addSeat();
    expect([held.status, await held.json()]).toEqual([402, { error: 'not while a payment is overdue' }]);
  });

  it('follows changes over a connection of its own, and ends with its process', async () => {
    const child = spawn(process.execPath, [join(compiled, 'follow.js')], { env: environment() });
    running = child;
    const ended = new Promise((resolve) => child.once('close', resolve));
    await eventually('it follows', () => standIn.state.asked.includes('/v1/access/stream'));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  it('reads flags', async () => {
    standIn.state.answer = answerOf('read_only');
    expect(await runToEnd('flags.js')).toBe('{"mayWrite":false,"access":"read_only"}');
  });

  it('lists accounts', async () => {
    standIn.state.answer = answerOf('read_only');
    expect(await runToEnd('accounts.js')).toBe('acme read_only');
  });
});
