import { createRedisSessions } from '../../../src/adapters/redis/sessions.js';
import type { RedisWay } from '../../../src/adapters/redis/ways.js';
import { asAccountId } from '../../../src/domain/ids.js';
import type { SessionStore } from '../../../src/ports/sessions.js';
import type { TargetAccount } from '../../../src/ports/target.js';
import { startRedis } from '../../support/redis.js';
import type { Workbench } from '../workbench.js';

export type Scene = {
  readonly accounts: readonly TargetAccount[];
  /** Puts every session of every account there again, and takes the epochs away. */
  signEverybodyIn(): Promise<void>;
  storeBy(by: 'index' | 'epoch' | 'scan'): SessionStore;
  keys(): Promise<number>;
  /** The instant in the epochs of all accounts; `null` where they differ or one is missing. */
  epoch(): Promise<number | null>;
  memoryMb(): Promise<number>;
};

export type Size = { readonly accounts: number; readonly sessions: number; readonly others: number };

const ways: Readonly<Record<'index' | 'epoch' | 'scan', RedisWay>> = {
  index: { by: 'index', index: 'user-sessions:{ref}', session: 'sess:{id}' },
  epoch: { by: 'epoch', epoch: 'forbear:epoch:{ref:uri}', longestSessionDays: 30 },
  scan: { by: 'scan', match: 'sess:{ref}:*' },
};

// On the server: a million commands from here would take a minute.
const others = `for n = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  redis.call('SET', 'product:' .. n .. ':cached-page', 'some other thing of the app')
end`;
const sessions = `for a = 0, tonumber(ARGV[1]) - 1 do
  redis.call('UNLINK', 'forbear:epoch:account-' .. a)
  for s = 0, tonumber(ARGV[2]) - 1 do
    local id = 'account-' .. a .. ':' .. s
    redis.call('SET', 'sess:' .. id, '{"user":"somebody","issuedAt":1800000000000,"csrf":"0123456789abcdef"}', 'EX', 86400)
    redis.call('SADD', 'user-sessions:account-' .. a, id)
  end
end`;
const epochs = `local seen = redis.call('GET', 'forbear:epoch:account-0')
for a = 1, tonumber(ARGV[1]) - 1 do
  if redis.call('GET', 'forbear:epoch:account-' .. a) ~= seen then return false end
end
return seen`;

const othersAtOnce = 20_000;

/** A Redis of its own, with many keys that are none of ours. */
export async function openScene(bench: Workbench, size: Size): Promise<Scene> {
  const server = await startRedis();
  bench.atEnd(() => server.close());
  for (let first = 0; first < size.others; first += othersAtOnce)
    await server.ask(
      'EVAL',
      others,
      '0',
      String(first),
      String(Math.min(first + othersAtOnce, size.others) - 1),
    );
  bench.say(`${size.others} other keys are there`);
  const accounts = Array.from({ length: size.accounts }, (_, n) => ({
    id: asAccountId('6f2c1a52-6a0e-4f7e-9d3b-0d6a1f0f7c11'),
    ref: `account-${n}`,
  }));
  return {
    accounts,
    signEverybodyIn: async () => {
      await server.ask('EVAL', sessions, '0', String(size.accounts), String(size.sessions));
    },
    storeBy: (by) => {
      const store = createRedisSessions({ name: by, urls: [server.url], cluster: false, ...ways[by] });
      bench.atEnd(() => store.close());
      return store;
    },
    keys: async () => Number(await server.ask('DBSIZE')),
    epoch: async () => {
      const seen = await server.ask('EVAL', epochs, '0', String(size.accounts));
      return typeof seen === 'string' ? Number(seen) : null;
    },
    memoryMb: async () => {
      const [, used] = /^used_memory:(\d+)/m.exec(String(await server.ask('INFO', 'memory'))) ?? [];
      return Math.round(Number(used) / 1_000_000);
    },
  };
}
