import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpTarget } from '../../src/adapters/http/target.js';
import { asAccountId } from '../../src/domain/ids.js';
import type { Target } from '../../src/ports/target.js';
import { startTestPlatform, type TestPlatform } from '../support/platform.js';

const account = { id: asAccountId('6f2c1a52-6a0e-4f7e-9d3b-0d6a1f0f7c11'), ref: 'acme', fence: 1 };
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
    const target = createHttpTarget({ name: 'platform', base, token: 'secret', allowPrivate: true });
    const state = await target.snapshot(account, web);
    await target.pause(account, web);
    await target.lock(account, web);
    child?.kill('SIGKILL');
    await once(child!, 'exit');

    const revived = createHttpTarget({
      name: 'platform',
      base: await startProcess(),
      token: 'secret',
      allowPrivate: true,
    });
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
    const target = createHttpTarget({
      name: 'platform',
      base: platform.base,
      token: platform.token,
      allowPrivate: true,
    });
    await platform.seed('acme', { web: 2 });
    await target.lock(account, web);
    expect(await platform.launch('acme', 'another', 1)).toBe(423);
    await target.unlock(account, web);
    expect(await platform.launch('acme', 'another', 1)).toBe(201);
    await platform.close();
  });

  describe('its archives', () => {
    let platform: TestPlatform;
    let target: Target;
    let location: string;
    const ask = async (url: string) => {
      const answer = await fetch(url, { headers: { authorization: `Bearer ${platform.token}` } });
      return (await answer.json()) as Record<string, unknown>;
    };

    beforeEach(async () => {
      platform = await startTestPlatform();
      target = createHttpTarget({
        name: 'platform',
        base: platform.base,
        token: platform.token,
        allowPrivate: true,
      });
      await platform.seed('acme', { web: 2 });
      ({ location } = await target.archive(account, web));
    });
    afterEach(async () => {
      await platform.close();
    });

    it('hold what the instance was, also after it is deleted', async () => {
      await target.decommission(account, web);
      const { id, content } = await ask(location);
      expect(id).toBe('web');
      expect(JSON.parse(String(content))).toMatchObject({ size: 2, plan: 'standard' });
    });

    it('are shown to the operator, with what was measured and whether the instance is still there', async () => {
      const list = () => ask(`${platform.base}/accounts/acme/archives`);
      const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
      const bytes = expect.any(Number) as number;
      const shown = { id: 'web', location, bytes, sha256, takenAt: expect.any(Number) as number };
      expect(await list()).toEqual({ archives: [{ ...shown, deleted: false }] });
      await target.decommission(account, web);
      expect(await list()).toEqual({ archives: [{ ...shown, deleted: true }] });
    });

    it.each([
      ['cut', /bytes are there/],
      ['changed', /checksum/],
      ['lost', /there is none/],
    ] as const)('that were %s are found out', async (damage, message) => {
      await platform.spoilArchive('acme', 'web', damage);
      await expect(target.verifyArchive(account, web, location)).rejects.toMatchObject({
        code: 'NOT_VERIFIED',
        message: expect.stringMatching(message) as string,
      });
    });

    it('are read where they are stored: what was changed on the disk behind the platform is found out', async () => {
      const base = await startProcess();
      await fetch(`${base}/customer/acme/instances`, {
        method: 'POST',
        body: JSON.stringify({ id: 'web', size: 4, plan: 'large' }),
      });
      const kept = createHttpTarget({ name: 'platform', base, token: 'secret', allowPrivate: true });
      const place = (await kept.archive(account, web)).location;
      expect(await kept.verifyArchive(account, web, place)).toMatch(
        /^\d+ bytes read back, sha256 [0-9a-f]{64}$/,
      );
      const file = join(directory, 'state', 'platform.json');
      const text = await readFile(file, 'utf8');
      await writeFile(file, text.replaceAll('\\"size\\":4', '\\"size\\":5'));
      await expect(kept.verifyArchive(account, web, place)).rejects.toMatchObject({ code: 'NOT_VERIFIED' });
    });
  });
});
