import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { installed } from './installed.js';

/** Where set-up has put moto_server; `null` where it can't be had. */
export const motoPath = installed('moto')?.path ?? null;

/** For the name of a suite that is skipped where there is no moto_server. */
export const motoMissing = motoPath === null ? ' (no moto_server: run npm test, whose set-up says why)' : '';

/** An AWS of the test's own. */
export type Moto = {
  /** The endpoint of every service. */
  readonly url: string;
  /** Forgets everything that was made; whether rights are enforced stays as it is. */
  reset(): Promise<void>;
  /** From now on every call needs a right by IAM, after `first` more that need none; `Infinity`: none needs one. */
  enforceRights(first: number): Promise<void>;
  close(): Promise<void>;
};

export type MotoOptions = {
  /** Calls that need no right by IAM; without it none ever needs one. */
  readonly callsWithoutRights?: number;
  readonly env?: Readonly<Record<string, string>>;
};

/** Starts moto_server on a free port of this machine alone, and waits until it listens. It keeps all in memory. */
export async function startMoto({ callsWithoutRights, env = {} }: MotoOptions = {}): Promise<Moto> {
  if (motoPath === null) throw new Error('there is no moto_server here');
  const rights =
    callsWithoutRights === undefined ? {} : { INITIAL_NO_AUTH_ACTION_COUNT: String(callsWithoutRights) };
  const child = spawn(motoPath, ['-H', '127.0.0.1', '-p', '0'], {
    env: { ...process.env, ...rights, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`moto_server ended with ${code} before it listened`)));
    // Read to its end, or it would stand still once the pipe is full: it logs each request.
    createInterface(child.stderr).on('line', (line) => {
      const found = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  return {
    url,
    reset: () => post(`${url}/moto-api/reset`, ''),
    enforceRights: (first) => post(`${url}/moto-api/reset-auth`, first === Infinity ? 'inf' : String(first)),
    async close() {
      process.off('exit', kill);
      kill();
      await ended;
    },
  };
}

async function post(url: string, body: string): Promise<void> {
  const answer = await fetch(url, { method: 'POST', body });
  if (!answer.ok) throw new Error(`moto_server answered ${answer.status} to ${url}`);
  await answer.arrayBuffer();
}
