import { spawn } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { graceMs } from './end-process.js';

export type Command = {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What asks the process to end in good order. */
  readonly stopSignal: 'SIGINT' | 'SIGTERM';
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
};

export type Ending = {
  readonly words: string;
  readonly code: number | null;
  /** The leash itself was killed, so the process may still run. */ readonly torn: boolean;
};

export type Leashed = {
  readonly pid: number | null;
  readonly leashPid: number;
  readonly ended: Promise<Ending>;
  /** Asks the process to end; the leash kills it when it takes too long. */
  stop(): void;
  kill(): void;
};

const leash = fileURLToPath(new URL('leash.mjs', import.meta.url));

/** Starts the command on a leash, its output appended to `logFile`. `pid` is `null` when it could not be started. */
export async function startLeashed(command: Command, logFile: string): Promise<Leashed> {
  const { user, env, ...rest } = command;
  const log = openSync(logFile, 'a');
  const options = JSON.stringify({ ...rest, ...user, killAfterMs: graceMs });
  // Detached, so that a terminal's Ctrl-C reaches the supervisor alone, which then stops all in order.
  const child = spawn(process.execPath, [leash, options], {
    env,
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const ended = new Promise<Ending>((resolve) => {
    child.once('error', (error) => resolve({ words: error.message, code: null, torn: false }));
    child.once('exit', (code, signal) =>
      resolve({ words: inWords(code, signal), code, torn: signal !== null }),
    );
  });
  const pid = await new Promise<number | null>((resolve) => {
    child.once('message', (message) => resolve((message as { pid: number }).pid));
    void ended.then(() => resolve(null));
  });
  const tell = (message: 'stop' | 'kill') => {
    if (child.connected) child.send(message, () => {});
  };
  return { pid, leashPid: child.pid ?? 0, ended, stop: () => tell('stop'), kill: () => tell('kill') };
}

function inWords(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `its leash was ended by ${signal}`;
  if (code === 127) return "it can't be started";
  return code !== null && code > 128 ? `killed by signal ${code - 128}` : `exit code ${code}`;
}
