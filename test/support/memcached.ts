import { spawn } from 'node:child_process';
import { userInfo } from 'node:os';
import memjs, { type Client } from 'memjs';
import { eventually } from './dev-eventually.js';
import { freePort } from './free-port.js';
import { installed } from './installed.js';

/** A server of this machine alone, which keeps nothing on disk. */
export type TestMemcached = {
  readonly port: number;
  /** The app's own connection. */
  readonly client: Client;
  close(): Promise<void>;
};

/** Behind the name of a suite that can't run without it; empty where it is there. */
export const memcachedMissing =
  installed('memcached') === null ? ' (no Memcached: run npm test, whose set-up says why)' : '';

export async function startMemcached(settings: readonly string[] = []): Promise<TestMemcached> {
  const path = installed('memcached')?.path;
  if (path === undefined) throw new Error('there is no memcached here');
  const port = await freePort();
  const here = ['-l', '127.0.0.1', '-p', String(port), '-U', '0', '-u', userInfo().username];
  const child = spawn(path, [...here, ...settings], { stdio: 'ignore' });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const close = async () => {
    process.off('exit', kill);
    kill();
    await gone;
  };
  try {
    const client = await eventually('Memcached answers', async () => {
      if (child.exitCode !== null) throw new Error(`Memcached ended with ${child.exitCode}`);
      const quiet = { log: () => undefined };
      const one = memjs.Client.create(`127.0.0.1:${port}`, { retries: 1, timeout: 10, logger: quiet });
      await one.get('anything');
      return one;
    });
    return {
      port,
      client,
      close: () => {
        client.close();
        return close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
