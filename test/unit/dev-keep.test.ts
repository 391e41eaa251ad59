import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identityOf } from '../../src/dev/identity.js';
import { keep } from '../../src/dev/keep.js';
import { printsJson, type Part } from '../../src/dev/part.js';
import { openPidRecord } from '../../src/dev/pid-record.js';
import { eventually } from '../support/dev-eventually.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forbear-keep-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function kept(script: string) {
  const said: string[] = [];
  const failures: string[] = [];
  const record = openPidRecord(join(folder, 'pids.json'));
  const command = {
    command: process.execPath,
    args: ['-e', script],
    cwd: folder,
    env: {},
    stopSignal: 'SIGTERM',
  } as const;
  const part: Part = { name: 'api', command, ready: printsJson('ready') };
  const context = {
    logFolder: folder,
    record,
    say: (line: string) => said.push(line),
    changed: () => {},
    giveUp: (failure: Error) => failures.push(failure.message),
  };
  return { ...keep(part, context), said, failures, record };
}

const lasting = `console.log('{"ready":true}'); setInterval(() => {}, 1000)`;

describe('a kept part', () => {
  it('is started again when it dies, and says so in one line', async () => {
    const { kept: part, ready, said } = kept(lasting);
    await ready;
    const first = part.pid() ?? expect.fail('it runs');
    process.kill(first, 'SIGKILL');
    await eventually('it runs again', () => said.includes('api runs again'));
    expect(part.pid()).not.toBe(first);
    expect(said[0]).toBe('api ended (killed by signal 9); starting it again in 0.25 s');
    await part.stop();
  });

  it('that dies five times within a minute is given up, naming its log and its last words', async () => {
    const { ready } = kept(`console.error('the policy is unreadable'); process.exit(3)`);
    await expect(ready).rejects.toThrow(
      `api ended 5 times within a minute (exit code 3): see ${join(folder, 'api.log')}, which ends with "the policy is unreadable".`,
    );
  });

  it('whose leash was killed leaves no second process beside the new one', async () => {
    const { kept: part, ready, record, said } = kept(lasting);
    await ready;
    const first = part.pid() ?? expect.fail('it runs');
    const { ppid } = await parentOf(first);
    process.kill(ppid, 'SIGKILL');
    await eventually('it runs again', () => said.includes('api runs again'));
    expect(identityOf(first)).toBeNull();
    expect(record.processOf('api')?.pid).toBe(part.pid());
    await part.stop();
  });

  it('is gone after it was stopped, also when it was just being started', async () => {
    const { kept: part, ready, record } = kept(lasting);
    const refused = expect(ready).rejects.toThrow('stopped before it was ready');
    await part.stop();
    await refused;
    expect(part.pid()).toBeNull();
    expect(record.processOf('api')).toBeNull();
  });
});

async function parentOf(pid: number): Promise<{ ppid: number }> {
  const { promisify } = await import('node:util');
  const { execFile } = await import('node:child_process');
  const { stdout } = await promisify(execFile)('ps', ['-o', 'ppid=', '-p', String(pid)]);
  return { ppid: Number(stdout) };
}
