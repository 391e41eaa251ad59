import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpTarget } from '../../src/adapters/http/target.js';
import { asAccountId } from '../../src/domain/ids.js';
import { startTestPlatform } from '../support/platform.js';

const account = { id: asAccountId('6f2c1a52-6a0e-4f7e-9d3b-0d6a1f0f7c11'), ref: 'acme' };
const web = { id: 'web', kind: 'instance' };

describe('the platform fake', () => {
  let directory: string;
  let child: ChildProcess | undefined;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'platform-fake-'));
  });
  afterEach(async () => {
    if (child?.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(directory, { recursive: true });
  });

  async function startProcess(): Promise<string> {
    const options = { port: 0, token: 'secret', stateFile: join(directory, 'state', 'platform.json') };
    const started = spawn(
      process.execPath,
      ['--import', 'tsx', 'src/platform-fake/main.ts', JSON.stringify(options)],
      {
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      },
    );
    child = started;
    for await (const line of createInterface({ input: started.stdout! }))
      return (JSON.parse(line) as { base: string }).base;
    throw new Error('the platform fake did not start');
  }

  it('remembers what is locked and how large everything was after kill -9', async () => {
    const base = await startProcess();
    await fetch(`${base}/customer/acme/instances`, {
      method: 'POST',
      body: JSON.stringify({ id: 'web', size: 4, plan: 'large' }),
    });
    const target = createHttpTarget({ name: 'platform', base, token: 'secret' });
    const state = await target.snapshot(account, web);
    await target.pause(account, web);
    await target.lock(account, web);
    child?.kill('SIGKILL');
    await once(child!, 'exit');

    const revived = createHttpTarget({ name: 'platform', base: await startProcess(), token: 'secret' });
    expect(await revived.probe(account, web)).toBe('off_and_locked');
    await revived.resume(account, web, state ?? {});
    expect(await revived.snapshot(account, web)).toEqual({ size: 4, plan: 'large' });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends on %s', async (signal) => {
    await startProcess();
    child?.kill(signal);
    expect(await once(child!, 'exit')).toEqual([0, null]);
  });

  it('ends with the process that started it', async () => {
    await startProcess();
    child?.disconnect();
    expect(await once(child!, 'exit')).toEqual([0, null]);
  });

  it('lets the customer start nothing new while anything of the account is locked', async () => {
    const platform = await startTestPlatform();
    const target = createHttpTarget({ name: 'platform', base: platform.base, token: platform.token });
    await platform.seed('acme', { web: 2 });
    await target.lock(account, web);
    expect(await platform.launch('acme', 'another', 1)).toBe(423);
    await target.unlock(account, web);
    expect(await platform.launch('acme', 'another', 1)).toBe(201);
    await platform.close();
  });

  it('keeps an archive that can be read back after the instance is deleted', async () => {
    const platform = await startTestPlatform();
    const target = createHttpTarget({ name: 'platform', base: platform.base, token: platform.token });
    await platform.seed('acme', { web: 2 });
    const { location } = await target.archive(account, web);
    await target.decommission(account, web);
    const read = await fetch(location, { headers: { authorization: `Bearer ${platform.token}` } });
    expect(await read.json()).toMatchObject({ id: 'web', content: { size: 2, plan: 'standard' } });
    await platform.close();
  });
});
