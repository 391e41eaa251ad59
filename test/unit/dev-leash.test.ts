import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identityOf } from '../../src/dev/identity.js';
import { startLeashed } from '../../src/dev/leashed.js';
import { eventually } from '../support/dev-eventually.js';

const leash = fileURLToPath(new URL('../../src/dev/leash.mjs', import.meta.url));
const idle = 'setInterval(() => {}, 1000)';
const env = { PATH: process.env.PATH ?? '' };

let folder: string;
const started: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forbear-leash-'));
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** A process that holds one leash and prints the pid of what is on it. */
async function supervisorOf(script: string, killAfterMs = 8_000) {
  const options = {
    command: process.execPath,
    args: ['-e', script],
    cwd: folder,
    stopSignal: 'SIGTERM',
    killAfterMs,
  };
  const program = `const held = require('child_process').fork(${JSON.stringify(leash)}, [${JSON.stringify(JSON.stringify(options))}], {detached: true});
    held.on('message', ({pid}) => console.log(JSON.stringify({pid, leash: held.pid})));`;
  const supervisor = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(supervisor);
  const line = await new Promise<string>((resolve) =>
    supervisor.stdout.once('data', (data) => resolve(String(data))),
  );
  return { supervisor, ...(JSON.parse(line) as { pid: number; leash: number }) };
}

describe('a leash', () => {
  it('ends its process when the supervisor is killed -9', async () => {
    const { supervisor, pid, leash: leashPid } = await supervisorOf(idle);
    supervisor.kill('SIGKILL');
    await eventually('both are gone', () => identityOf(pid) === null && identityOf(leashPid) === null);
  });

  it('kills a process that will not end when asked', async () => {
    const { supervisor, pid } = await supervisorOf(`process.on('SIGTERM', () => {}); ${idle}`, 300);
    supervisor.kill('SIGKILL');
    await eventually('it is gone', () => identityOf(pid) === null);
  });

  it('lets a process end in good order, its output in the log', async () => {
    const script = `process.on('SIGINT', () => { console.log('in order'); process.exit(0); }); console.log('up'); ${idle}`;
    const log = join(folder, 'one.log');
    const command = {
      command: process.execPath,
      args: ['-e', script],
      cwd: folder,
      env,
      stopSignal: 'SIGINT',
    } as const;
    const child = await startLeashed(command, log);
    await eventually('it is up', () => readFileSync(log, 'utf8').includes('up'));
    child.stop();
    expect(await child.ended).toEqual({ words: 'exit code 0', code: 0, torn: false });
    expect(readFileSync(log, 'utf8')).toBe('up\nin order\n');
  });

  it('says that a command cannot be started', async () => {
    const command = {
      command: join(folder, 'nothing'),
      args: [],
      cwd: folder,
      env,
      stopSignal: 'SIGTERM',
    } as const;
    const child = await startLeashed(command, join(folder, 'one.log'));
    expect(child.pid).toBeNull();
    expect(await child.ended).toEqual({ words: "it can't be started", code: 127, torn: false });
    expect(readFileSync(join(folder, 'one.log'), 'utf8')).toContain('ENOENT');
  });
});
