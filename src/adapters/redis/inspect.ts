import { ErrorReply } from 'redis';
import type { Inspection, Right } from '../../ports/inspection.js';
import { keyOf } from '../../ports/session-keys.js';
import type { Redis, Word } from './connection.js';
import { textIn } from './replies.js';
import type { RedisWay } from './ways.js';

// An account that nobody has: what is asked about its keys is never done.
const nobody = 'forbear-inspection';

type Ask = (words: readonly Word[]) => Promise<unknown>;

/** Which server it is, as whom, and what that user may do: Redis itself says so without doing it. */
export async function inspectRedis(
  name: string,
  redis: Redis,
  way: RedisWay & { readonly urls: readonly string[] },
): Promise<Inspection> {
  const [server] = await redis.masters();
  const ask: Ask = async (words) => (await server?.run([{ key: '', words }]))?.[0];
  const user = await textOrNull(ask, ['ACL', 'WHOAMI']);
  const info = await infoOf(name, ask);
  const rights: Right[] = [];
  for (const words of neededBy(name, way)) rights.push(await neededRight(ask, user, words));
  for (const words of tooMuch) {
    if (await isAllowed(ask, user, words))
      rights.push({
        name: nameOf(words),
        state: 'excess',
        note: 'The user may, and no session is ended by it.',
      });
  }
  return {
    reached: reachedOf(redis, way.urls, info, user),
    rights: [...rights, ...evictionOf(info, way), ...slowness(way)],
  };
}

function reachedOf(
  { isCluster }: Redis,
  urls: readonly string[],
  info: Info | null,
  user: string | null,
): string {
  const where = urls.map((url) => new URL(url).host).join(', ');
  const software = info?.get('valkey_version') === undefined ? 'Redis' : 'Valkey';
  const version = info?.get('valkey_version') ?? info?.get('redis_version') ?? 'of no known version';
  return `${software} ${version}${isCluster ? ' in a cluster' : ''} at ${where}, as ${user ?? 'somebody whom it does not name'}`;
}

/** The commands that this way sends, each with keys that it would have. */
function neededBy(name: string, way: RedisWay): readonly (readonly string[])[] {
  switch (way.by) {
    case 'index': {
      const index = keyOf(name, way.index, nobody);
      const session = way.session.replace('{id}', nobody);
      // Where the sets hold whole keys, nothing says here which keys those are.
      const sessions =
        way.session === '{id}'
          ? []
          : [
              ['UNLINK', session],
              ['EXISTS', session],
            ];
      return [['SSCAN', index, '0'], ['SREM', index, nobody], ...sessions];
    }
    case 'keys':
      return way.keys
        .map((template) => keyOf(name, template, nobody))
        .flatMap((key) => [
          ['UNLINK', key],
          ['EXISTS', key],
        ]);
    case 'epoch': {
      const key = keyOf(name, way.epoch, nobody);
      return [
        ['EVAL', 'return 0', '1', key],
        ['GET', key],
        ['SET', key, '0'],
      ];
    }
    case 'scan': {
      const key = keyOf(name, way.match, nobody).replace(/[*?[\]\\]/g, 'x');
      return [
        ['SCAN', '0'],
        ['UNLINK', key],
        ['EXISTS', key],
      ];
    }
  }
}

const tooMuch: readonly (readonly string[])[] = [
  ['FLUSHALL'],
  ['FLUSHDB'],
  ['KEYS', '*'],
  ['CONFIG', 'SET', 'maxmemory', '0'],
  ['ACL', 'SETUSER', nobody],
  ['SHUTDOWN'],
  ['UNLINK', 'forbear-inspection:any-other-key'],
];

async function neededRight(ask: Ask, user: string | null, words: readonly string[]): Promise<Right> {
  const name = nameOf(words);
  switch (await isAllowed(ask, user, words)) {
    case true:
      return { name, state: 'held', note: 'The user may do it.' };
    case false:
      return { name, state: 'missing', note: "The user may not, and sessions can't be ended without it." };
    case null:
      return {
        name,
        state: 'unknown',
        note: 'The server does not tell: ACL DRYRUN came with Redis 7, and needs a right of its own.',
      };
  }
}

/** Asks Redis whether it would; nothing is done. `null` where it doesn't tell. */
async function isAllowed(ask: Ask, user: string | null, words: readonly string[]): Promise<boolean | null> {
  const told = user === null ? null : await textOrNull(ask, ['ACL', 'DRYRUN', user, ...words]);
  return told === null ? null : told === 'OK';
}

const nameOf = (words: readonly string[]) =>
  (words[0] === 'EVAL' ? ['EVAL', '…', ...words.slice(3)] : words).join(' ');

type Info = ReadonlyMap<string, string>;

async function infoOf(name: string, ask: Ask): Promise<Info | null> {
  const reply = await ask(['INFO']);
  if (reply instanceof ErrorReply) return null;
  const lines = (textIn(name, reply) ?? '').split(/\r?\n/).filter((line) => line.includes(':'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}

async function textOrNull(ask: Ask, words: readonly string[]): Promise<string | null> {
  const reply = await ask(words);
  return Buffer.isBuffer(reply) || typeof reply === 'string' ? reply.toString() : null;
}

/** A set or an epoch that is thrown out for want of memory ends nothing any more. */
function evictionOf(info: Info | null, { by }: RedisWay): readonly Right[] {
  if (by !== 'index' && by !== 'epoch') return [];
  const name = 'maxmemory-policy noeviction';
  const [policy, limit] = [info?.get('maxmemory_policy'), info?.get('maxmemory')];
  if (policy === undefined)
    return [{ name, state: 'unknown', note: 'The server does not tell without INFO.' }];
  if (policy === 'noeviction' || limit === '0')
    return [{ name, state: 'held', note: 'The server throws no key out for want of memory.' }];
  const what =
    by === 'epoch'
      ? 'an epoch, and with it let sessions in that were ended'
      : 'an index whose sessions live on';
  return [
    { name, state: 'missing', note: `The policy is ${policy}: a server that is full may throw out ${what}.` },
  ];
}

function slowness({ by }: RedisWay): readonly Right[] {
  if (by !== 'scan') return [];
  const note = 'Every key that the server holds is read for each account: keep an index or an epoch instead.';
  return [{ name: 'an index', state: 'missing', note }];
}
