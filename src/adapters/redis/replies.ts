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
): { readonly next: string; readonly found: readonly Word[] } {
  if (!Array.isArray(reply)) throw misfit(name, reply);
  const [next, found] = reply as unknown[];
  if (!isWord(next) || !Array.isArray(found)) throw misfit(name, reply);
  return { next: next.toString(), found: found.filter(isWord) };
}

const isWord = (one: unknown): one is Word => typeof one === 'string' || Buffer.isBuffer(one);

/** To find a word again, whether it came as text or as bytes. */
export const nameOf = (word: Word): string =>
  (typeof word === 'string' ? Buffer.from(word) : word).toString('latin1');

/** Answers to SCAN or SSCAN, as text; a page that holds what is no text is read once more, as the bytes that it is. */
export async function readPages(run: Redis['run'], commands: readonly Command[]): Promise<readonly Reply[]> {
  const replies = await run(commands);
  const spoilt = replies.map(isSpoilt);
  if (!spoilt.includes(true)) return replies;
  const again = commands.filter((_, at) => spoilt[at]).map((command) => ({ ...command, asBytes: true }));
  const bytes = [...(await run(again))];
  return replies.map((reply, at) => (spoilt[at] ? bytes.shift() : reply));
}

// What is no UTF-8 comes with this character in its place.
const isSpoilt = (reply: Reply): boolean =>
  Array.isArray(reply) &&
  Array.isArray(reply[1]) &&
  reply[1].some((word) => typeof word === 'string' && word.includes('\ufffd'));

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
