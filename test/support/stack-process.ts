import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StackDescription } from '../../src/dev/description.js';
import type { DevOptions, PartName } from '../../src/dev/options.js';
import type { PidEntry } from '../../src/dev/pid-record.js';
import { eventually, isGone } from './dev-eventually.js';
import { checkout } from './stack-folder.js';

const runner = fileURLToPath(new URL('stack-runner.ts', import.meta.url));

export type StackProcess = {
  /** What `dev.json` says at this moment. */
  describe(): StackDescription;
  /** Kills one part as a crash would; resolves when it can be used again. */
  kill9Part(name: PartName): Promise<void>;
  /** Ends the supervisor, its leashes and every part at once, as a power cut would. */
  kill9(): Promise<void>;
  stop(): Promise<void>;
};

/** Starts a whole stack under a supervisor that is a process of its own; resolves when all of it can be used. */
export async function startStackProcess({ env, say, ...options }: DevOptions): Promise<StackProcess> {
  const args = ['--import', 'tsx', runner, JSON.stringify(options)];
  const supervisor = spawn(process.execPath, args, { cwd: checkout, env: { ...env } });
  let [out, err] = ['', ''];
  supervisor.stdout.on('data', (data) => (out += String(data)));
  supervisor.stderr.on('data', (data) => (err += String(data)));
  const ended = new Promise<void>((resolve) => supervisor.once('close', () => resolve()));
  const read = (name: string): unknown => JSON.parse(readFileSync(join(options.dataFolder, name), 'utf8'));
  await eventually('the stack is up', () => out.includes('up') || supervisor.exitCode !== null, 120_000);
  if (supervisor.exitCode !== null) throw new Error(`the stack did not come up: ${err}`);
  err.split('\n').filter(Boolean).forEach(say);
  const describe = () => read('dev.json') as StackDescription;
  return {
    describe,
    async kill9Part(name) {
      const pid = describe().pids[name];
      if (pid === undefined) throw new Error(`${name} does not run`);
      process.kill(pid, 'SIGKILL');
      const isBack = () => {
        const now = describe().pids[name];
        return now !== undefined && now !== pid;
      };
      await eventually(`${name} runs again`, isBack, 90_000).catch((cause: unknown) => {
        throw new Error(`the supervisor said: ${err}`, { cause });
      });
    },
    async kill9() {
      const parts = read('pids.json') as PidEntry[];
      const pids = parts.flatMap(({ process: part, leash }) => [
        part.pid,
        ...(leash === null ? [] : [leash.pid]),
      ]);
      for (const pid of [supervisor.pid ?? 0, ...pids]) process.kill(pid, 'SIGKILL');
      await ended;
      await eventually('all are gone', () => pids.every(isGone));
    },
    async stop() {
      supervisor.kill('SIGTERM');
      await ended;
    },
  };
}
