import { ErrorReply } from 'redis';
import { PortError } from '../../ports/errors.js';
import type { Command, Redis, Reply, Word } from './connection.js';
import { failureOf } from './failures.js';

/** The number in an answer. Throws what a server refuses, as a `PortError`. */
export function countIn(name: string, reply: Reply): number {
  if (typeof reply === 'number') return reply;
  throw misfit(name, reply);
}

/** The page in an answer to SCAN or SSCAN: where to go on, "0" for nowhere, and what is on it. */
export function pageIn(
  name: string,
  reply: Reply,
): { readonly next: string; readonly found: readonly Buffer[] } {
  if (!Array.isArray(reply)) throw misfit(name, reply);
  const [next, found] = reply as unknown[];
  if (!Buffer.isBuffer(next) || !Array.isArray(found)) throw misfit(name, reply);
  return { next: next.toString(), found: found.filter((one) => Buffer.isBuffer(one)) };
}

/** The text in an answer; `null` for a key that isn't there. */
export function textIn(name: string, reply: Reply): string | null {
  if (reply === null) return null;
  if (Buffer.isBuffer(reply) || typeof reply === 'string') return reply.toString();
  throw misfit(name, reply);
}

const misfit = (name: string, reply: Reply): PortError =>
  reply instanceof ErrorReply
    ? failureOf(name, reply)
    : new PortError('TARGET_UNAVAILABLE', `${name}: the answer is none of Redis`);

/** A command over many keys; of a cluster one for each, because keys of two slots can't stand in one command. */
export function overKeys({ isCluster }: Redis, verb: 'UNLINK' | 'EXISTS', keys: readonly Word[]): Command[] {
  const [key] = keys;
  if (key === undefined) return [];
  if (isCluster) return keys.map((one) => ({ key: one, words: [verb, one] }));
  return [{ key, words: [verb, ...keys] }];
}
