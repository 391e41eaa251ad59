import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { checkout } from '../stack-folder.js';

type Servers = { readonly stripeMock?: { readonly path: string } | null };

/** Where set-up found or built Stripe's stripe-mock; `null` where it could not be had. */
export const stripeMockPath = readPath();

function readPath(): string | null {
  const file = join(checkout, '.forbear', 'servers.json');
  if (!existsSync(file)) return null;
  return (JSON.parse(readFileSync(file, 'utf8')) as Servers).stripeMock?.path ?? null;
}

export type StripeMock = { readonly base: string; close(): Promise<void> };

/** Starts the mock on free ports of this machine alone. It keeps nothing and knows no time: one serves every test. */
export async function startStripeMock(path: string): Promise<StripeMock> {
  // Without a port for it the mock would offer HTTPS to the whole network.
  const here = ['-http-addr', '127.0.0.1:0', '-https-addr', '127.0.0.1:0'];
  const child = spawn(path, here, { stdio: ['ignore', 'pipe', 'inherit'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const address = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`stripe-mock ended with ${code} before it listened`)));
    // Read to its end, or the mock would stand still once the pipe is full.
    createInterface(child.stdout).on('line', (line) => {
      const found = /^Listening for HTTP at address: (\S+)$/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  return {
    base: `http://${address}`,
    async close() {
      process.off('exit', kill);
      kill();
      await ended;
    },
  };
}
