import { PortError } from '../../ports/errors.js';
import { keyOf } from '../../ports/session-keys.js';
import type { Command, Redis, Reply, Word } from './connection.js';
import { countIn, nameOf, overKeys, pageIn, readPages } from './replies.js';
import type { Tried } from './sessions.js';
import type { RedisWay } from './ways.js';

type IndexWay = Extract<RedisWay, { by: 'index' }>;

// Read, ended and forgotten at once; a set this small comes whole in any case.
const membersAPage = 500;
// Two and a half million sessions of one account: what has more is gone on with by the next call.
const mostPages = 5_000;

/** One account on the way through its set. */
type Walk = {
  readonly ref: string;
  readonly index: string;
  next: string;
  ended: number;
  isDone: boolean;
  failure: PortError | null;
};

/**
 * Ends what the sets name, page by page: first the sessions, then those very members, so that a call that was broken off is
 * finished by the next one, and a session that the app adds meanwhile stays in its set.
 */
export async function endByIndex(
  name: string,
  redis: Redis,
  way: IndexWay,
  refs: readonly string[],
): Promise<Tried[]> {
  const walks = refs.map((ref) => walkOf(name, way, ref));
  for (let page = 0; page < mostPages; page += 1) {
    const open = walks.filter(({ isDone, failure }) => !isDone && failure === null);
    if (open.length === 0) break;
    await endPage(name, redis, way, open);
  }
  return walks.map(({ ref, ended, isDone, failure }) => {
    if (failure !== null) return failure;
    if (isDone) return { ref, ended };
    return new PortError(
      'TARGET_UNAVAILABLE',
      `${name}: an index still names sessions after ${ended} were ended`,
    );
  });
}

function walkOf(name: string, way: IndexWay, ref: string): Walk {
  const walk = { ref, next: '0', ended: 0, isDone: false };
  try {
    return { ...walk, index: keyOf(name, way.index, ref), failure: null };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return { ...walk, index: '', failure: error };
  }
}

async function endPage(name: string, redis: Redis, way: IndexWay, walks: readonly Walk[]): Promise<void> {
  const pages = await readPages(
    redis.run,
    walks.map(({ index, next }) => readPage(index, next)),
  );
  const found = walks.flatMap((walk, at) => {
    const page = attempt(walk, () => pageIn(name, pages[at]));
    if (page === null) return [];
    walk.next = page.next;
    walk.isDone = page.next === '0';
    return page.found.length === 0 ? [] : [{ walk, members: page.found }];
  });
  await endSessions(name, redis, way, found);
  const still = found.filter(({ walk }) => walk.failure === null);
  const removals = await redis.run(
    still.map(({ walk: { index }, members }) => ({ key: index, words: ['SREM', index, ...members] })),
  );
  still.forEach(({ walk }, at) => attempt(walk, () => countIn(name, removals[at])));
}

type Found = { readonly walk: Walk; readonly members: readonly Word[] };

async function endSessions(
  name: string,
  redis: Redis,
  way: IndexWay,
  found: readonly Found[],
): Promise<void> {
  const asked = found.flatMap(({ walk, members }) =>
    overKeys(redis, 'UNLINK', sessionKeys(way, members)).map((command) => ({ walk, command })),
  );
  const replies: readonly Reply[] = await redis.run(asked.map(({ command }) => command));
  asked.forEach(({ walk }, at) => attempt(walk, () => (walk.ended += countIn(name, replies[at]))));
}

/** How many of the sessions that the set names are there. */
export async function countByIndex(name: string, redis: Redis, way: IndexWay, ref: string): Promise<number> {
  const index = keyOf(name, way.index, ref);
  const seen = new Set<string>();
  let next = '0';
  let count = 0;
  for (let page = 0; page < mostPages; page += 1) {
    const [reply] = await readPages(redis.run, [readPage(index, next)]);
    const read = pageIn(name, reply);
    const fresh = read.found.filter((member) => !seen.has(nameOf(member)));
    fresh.forEach((member) => seen.add(nameOf(member)));
    const replies = await redis.run(overKeys(redis, 'EXISTS', sessionKeys(way, fresh)));
    count += replies.reduce<number>((sum, one) => sum + countIn(name, one), 0);
    if (read.next === '0') return count;
    next = read.next;
  }
  throw new PortError('TARGET_UNAVAILABLE', `${name}: an index has no end`);
}

const readPage = (index: string, next: string): Command => ({
  key: index,
  words: ['SSCAN', index, next, 'COUNT', String(membersAPage)],
});

function sessionKeys({ session }: IndexWay, members: readonly Word[]): Word[] {
  const [before = '', after = ''] = session.split('{id}');
  return members.map((member) =>
    typeof member === 'string'
      ? `${before}${member}${after}`
      : Buffer.concat([Buffer.from(before), member, Buffer.from(after)]),
  );
}

/** What can't be understood or was refused is of this account alone: the others go on. */
function attempt<T>(walk: Walk, read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    walk.failure = error;
    return null;
  }
}
