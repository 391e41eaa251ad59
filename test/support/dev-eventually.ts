import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf } from '../../src/dev/identity.js';

/** Waits until `look` returns something but null, undefined or false (an error is "not yet"); fails after the limit. */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
  limitMs = 30_000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + limitMs;
  let last: unknown = undefined;
  while (Date.now() < deadline) {
    try {
      const seen = await look();
      if (seen !== null && seen !== undefined && seen !== false) return seen;
    } catch (error) {
      last = error;
    }
    await sleep(50);
  }
  throw new Error(`not within ${limitMs} ms: ${what}`, { cause: last });
}

/** Ended, whether or not whoever inherited it has fetched its exit code yet: a zombie holds no port and no file. */
export function isGone(pid: number): boolean {
  return identityOf(pid) === null;
}
