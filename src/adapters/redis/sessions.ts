import { PortError } from '../../ports/errors.js';
import { allEnded } from '../../ports/session-keys.js';
import type { SessionsEnded, SessionStore } from '../../ports/sessions.js';
import type { TargetAccount } from '../../ports/target.js';
import { keepConnected, type Redis } from './connection.js';
import { countByIndex, endByIndex } from './index-way.js';
import { inspectRedis } from './inspect.js';
import { leftByEpoch, overScan, planByEpoch, planByKeys, type Plan } from './other-ways.js';
import type { RedisWay } from './ways.js';

export type RedisSessionsOptions = RedisWay & {
  readonly name: string;
  /** `redis://user:password@host:port`, or `rediss://`; of a cluster one or a few, from which the others are found. */
  readonly urls: readonly string[];
  readonly cluster: boolean;
  /** For what is sent at once. */
  readonly timeoutMs?: number | undefined;
};

type ScanOptions = Extract<RedisSessionsOptions, { by: 'scan' }>;

/** What became of one account; the others are not held up by it. */
export type Tried = SessionsEnded | PortError;

// So many accounts are asked about at once: a server has answered before anything else has to wait for long.
const accountsAtOnce = 500;

/** Sessions in Redis or Valkey, alone or in a cluster, found in one of four ways. */
export function createRedisSessions(options: RedisSessionsOptions): SessionStore {
  const { name, timeoutMs = 10_000 } = options;
  const connection = keepConnected({ ...options, timeoutMs });
  return {
    name,
    async end(accounts, at) {
      const tried: Tried[] = [];
      for (let first = 0; first < accounts.length; first += accountsAtOnce) {
        const some = accounts.slice(first, first + accountsAtOnce);
        tried.push(...(await connection.use((redis) => endSome(redis, options, some, at))));
      }
      return allEnded(tried);
    },
    left: ({ ref }, at) => connection.use((redis) => leftOf(redis, options, ref, at)),
    inspect: () => connection.use((redis) => inspectRedis(name, redis, options)),
    close: () => connection.close(),
  };
}

async function endSome(
  redis: Redis,
  options: RedisSessionsOptions,
  accounts: readonly TargetAccount[],
  at: Date,
): Promise<readonly Tried[]> {
  const { name } = options;
  const refs = accounts.map(({ ref }) => ref);
  switch (options.by) {
    case 'index':
      return endByIndex(name, redis, options, refs);
    case 'keys':
      return endByPlans(redis, refs, (ref) => planByKeys(name, redis, options, { ref, verb: 'UNLINK' }));
    case 'epoch':
      return endByPlans(redis, refs, (ref) => planByEpoch(name, options, ref, at));
    case 'scan':
      return endByScans(redis, options, refs);
  }
}

/** All commands of all accounts at once. */
async function endByPlans(
  redis: Redis,
  refs: readonly string[],
  planOf: (ref: string) => Plan<number | null>,
): Promise<readonly Tried[]> {
  const plans = refs.map((ref) => attempt(() => planOf(ref)));
  const commands = plans.flatMap((plan) => (plan instanceof PortError ? [] : plan.commands));
  const replies = await redis.run(commands);
  let read = 0;
  return plans.map((plan, n) => {
    if (plan instanceof PortError) return plan;
    const own = replies.slice(read, (read += plan.commands.length));
    return attempt(() => ({ ref: refs[n] ?? '', ended: plan.answer(own) }));
  });
}

async function endByScans(redis: Redis, options: ScanOptions, refs: readonly string[]): Promise<Tried[]> {
  const tried: Tried[] = [];
  for (const ref of refs) {
    const scanned = overScan(options.name, redis, options, { ref, verb: 'UNLINK' });
    tried.push(await scanned.then((ended) => ({ ref, ended }), asPortError));
  }
  return tried;
}

/** What is refused for one account is told after the others; a server that is away ends them all. */
function attempt<T>(work: () => T): T | PortError {
  try {
    return work();
  } catch (error) {
    return asPortError(error);
  }
}

function asPortError(error: unknown): PortError {
  if (error instanceof PortError) return error;
  throw error;
}

async function leftOf(
  redis: Redis,
  options: RedisSessionsOptions,
  ref: string,
  at: Date,
): Promise<number | null> {
  const { name } = options;
  switch (options.by) {
    case 'index':
      return countByIndex(name, redis, options, ref);
    case 'keys': {
      const { commands, answer } = planByKeys(name, redis, options, { ref, verb: 'EXISTS' });
      return answer(await redis.run(commands));
    }
    case 'epoch':
      return leftByEpoch(name, redis, options, ref, at);
    case 'scan':
      return overScan(name, redis, options, { ref, verb: 'EXISTS' });
  }
}
