import { PortError } from '../../ports/errors.js';
import { keyOf } from '../../ports/session-keys.js';
import type { Command, Redis } from './connection.js';
import { countIn, nameOf, overKeys, pageIn, readPages, textIn } from './replies.js';
import type { RedisWay } from './ways.js';

type Way<By extends RedisWay['by']> = Extract<RedisWay, { by: By }>;

// A hundred million keys at the usual page: more is nothing that may be read for one account.
const [keysAPage, mostPages] = [1_000, 100_000];
const dayMs = 86_400_000;

/** What has to be sent for one account, and what the answers mean. */
export type Plan<T> = {
  readonly commands: readonly Command[];
  readonly answer: (replies: readonly unknown[]) => T;
};

const sumOf = (name: string) => (replies: readonly unknown[]) =>
  replies.reduce<number>((sum, one) => sum + countIn(name, one), 0);

export function planByKeys(
  name: string,
  redis: Redis,
  way: Way<'keys'>,
  { ref, verb }: { readonly ref: string; readonly verb: 'UNLINK' | 'EXISTS' },
): Plan<number> {
  const keys = way.keys.map((template) => keyOf(name, template, ref));
  return { commands: overKeys(redis, verb, keys), answer: sumOf(name) };
}

/** Only raises it, at once and on the server, so that two calls may come in any order. */
const raise = `local kept = redis.call('GET', KEYS[1])
if kept and not string.match(kept, '^%d+$') then return redis.error_reply('WRONGTYPE the key holds no instant') end
if kept and tonumber(kept) >= tonumber(ARGV[1]) then return 0 end
if ARGV[2] == '0' then redis.call('SET', KEYS[1], ARGV[1]) else redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return 1`;

export function planByEpoch(name: string, way: Way<'epoch'>, ref: string, at: Date): Plan<null> {
  const key = keyOf(name, way.epoch, ref);
  const keepMs = (way.longestSessionDays ?? 0) * dayMs;
  return {
    commands: [{ key, words: ['EVAL', raise, '1', key, String(at.getTime()), String(keepMs)] }],
    answer: (replies) => {
      countIn(name, replies[0]);
      return null;
    },
  };
}

/** None, where the key stands for that instant or a later one; else it can't be known. */
export async function leftByEpoch(name: string, redis: Redis, way: Way<'epoch'>, ref: string, at: Date) {
  const key = keyOf(name, way.epoch, ref);
  const [reply] = await redis.run([{ key, words: ['GET', key] }]);
  const kept = textIn(name, reply);
  if (kept !== null && !/^\d+$/.test(kept))
    throw new PortError('TARGET_REFUSED', `${name}: the key ${key} holds no instant`);
  return kept !== null && Number(kept) >= at.getTime() ? 0 : null;
}

/** Reads every key of every server, and does to those of the account what `verb` says. Says how many it was done to. */
export async function overScan(
  name: string,
  redis: Redis,
  way: Way<'scan'>,
  { ref, verb }: { readonly ref: string; readonly verb: 'UNLINK' | 'EXISTS' },
): Promise<number> {
  const pattern = patternOf(name, way.match, ref);
  let count = 0;
  for (const master of await redis.masters()) {
    const seen = new Set<string>();
    let next = '0';
    for (let page = 0; ; page += 1) {
      if (page === mostPages)
        throw new PortError('TARGET_REFUSED', `${name}: too many keys to read them all`);
      const words = ['SCAN', next, 'MATCH', pattern, 'COUNT', String(keysAPage)];
      const [reply] = await readPages(master.run, [{ key: '', words }]);
      const read = pageIn(name, reply);
      // While a table grows the same key may come twice.
      const fresh = read.found.filter((key) => !seen.has(nameOf(key)));
      fresh.forEach((key) => seen.add(nameOf(key)));
      count += sumOf(name)(await redis.run(overKeys(redis, verb, fresh)));
      if (read.next === '0') break;
      next = read.next;
    }
  }
  return count;
}

/** The operator's `*` is a glob, and whatever the account's name holds is itself. */
function patternOf(name: string, template: string, ref: string): string {
  const filled = keyOf(name, template, ref);
  const before = template.indexOf('{ref');
  const after = template.length - template.indexOf('}', before) - 1;
  const own = filled.slice(before, filled.length - after);
  return `${filled.slice(0, before)}${own.replace(/[*?[\]\\^]/g, '\\$&')}${filled.slice(filled.length - after)}`;
}
