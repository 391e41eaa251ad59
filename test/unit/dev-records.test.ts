import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeFolder } from '../../src/dev/folder-lock.js';
import { identityOf, type Identity } from '../../src/dev/identity.js';
import { openPidRecord } from '../../src/dev/pid-record.js';
import { eventually } from '../support/dev-eventually.js';

let folder: string;
const started: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forbear-records-'));
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function runningProcess(): Promise<Identity> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  started.push(child);
  await new Promise((resolve) => child.once('spawn', resolve));
  return identityOf(child.pid ?? 0) ?? expect.fail('it has just been started');
}

describe('the record of pids', () => {
  it('ends what an earlier supervisor left running', async () => {
    const left = await runningProcess();
    const file = join(folder, 'pids.json');
    openPidRecord(file).note({ name: 'api', process: left, leash: null, stopSignal: 'SIGTERM' });
    expect(await openPidRecord(file).endLeftovers()).toBe(1);
    expect(identityOf(left.pid)).toBeNull();
  });

  it('never ends a stranger who was given the same pid since', async () => {
    const stranger = await runningProcess();
    const file = join(folder, 'pids.json');
    const before = { pid: stranger.pid, started: 'boot:1' };
    openPidRecord(file).note({ name: 'api', process: before, leash: before, stopSignal: 'SIGTERM' });
    await openPidRecord(file).endLeftovers();
    expect(identityOf(stranger.pid)).toEqual(stranger);
  });

  it('survives a record that is not whole', async () => {
    const file = join(folder, 'pids.json');
    writeFileSync(file, '[{"name":"api","proc');
    expect(await openPidRecord(file).endLeftovers()).toBe(0);
  });
});

describe('the lock of a data folder', () => {
  it('is refused while its holder lives, and says who that is', () => {
    const giveBack = takeFolder(folder);
    expect(() => takeFolder(folder)).toThrow(`already runs on ${folder} (process ${process.pid})`);
    giveBack();
    takeFolder(folder)();
  });

  it('is taken over from a holder that was killed', async () => {
    const holder = await runningProcess();
    writeFileSync(join(folder, 'dev.lock'), JSON.stringify(holder));
    expect(() => takeFolder(folder)).toThrow(`(process ${holder.pid})`);
    process.kill(holder.pid, 'SIGKILL');
    await eventually('it is gone', () => identityOf(holder.pid) === null);
    takeFolder(folder)();
  });
});
