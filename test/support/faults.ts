import type { Fault } from './broken-platform.js';

const done = { status: 200, body: '{}' };
const never = new Promise<never>(() => undefined);
const isOrder = (path: string, ...names: readonly string[]) =>
  names.some((name) => path.endsWith(`/${name}`));

/**
 * Answers one order by `instead`, where it would have carried it out: token, fencing number and resource are looked at as
 * they should be, by an order in its place that changes nothing.
 */
function insteadOf(order: string, instead: () => ReturnType<Fault>): Fault {
  return async (asked, carry) => {
    if (!isOrder(asked.path, order)) return await carry(asked);
    const resource = asked.path.slice(0, -order.length - 1);
    const look = await carry({ ...asked, method: 'GET', path: resource });
    if (look.status !== 200) return look;
    const { state } = JSON.parse(look.body) as { state: unknown };
    const harmless = await carry({ ...asked, path: `${resource}/resume`, body: JSON.stringify({ state }) });
    return harmless.status === 200 ? await instead() : harmless;
  };
}

/** It says that it did, and did not. */
const pretends = (order: string): Fault => insteadOf(order, () => Promise.resolve(done));
const hangsIn = (order: string): Fault => insteadOf(order, () => never);

const right: Fault = (asked, carry) => carry(asked);

const openToAll: Fault = (asked, carry) =>
  carry({ ...asked, headers: { ...asked.headers, authorization: 'Bearer the-right-token' } });

const openToOrders: Fault = (asked, carry) =>
  asked.method === 'POST' ? openToAll(asked, carry) : carry(asked);

const forgetsTheFence: Fault = ({ headers, ...asked }, carry) => {
  const others = Object.entries(headers).filter(([name]) => name !== 'forbear-fence');
  return carry({ ...asked, headers: Object.fromEntries(others) });
};

/** As many unlocks as there were locks. */
function countsLocks(): Fault {
  const locks = new Map<string, number>();
  return async (asked, carry) => {
    const resource = asked.path.replace(/\/[^/]+$/, '');
    const count = locks.get(resource) ?? 0;
    if (isOrder(asked.path, 'unlock') && count > 1) {
      locks.set(resource, count - 1);
      return done;
    }
    const answer = await carry(asked);
    if (answer.status === 200 && isOrder(asked.path, 'lock')) locks.set(resource, count + 1);
    if (answer.status === 200 && isOrder(asked.path, 'unlock')) locks.set(resource, 0);
    return answer;
  };
}

/** A second pause is no pause: there is nothing left to switch off. */
function refusesRepeats(): Fault {
  const paused = new Set<string>();
  return async (asked, carry) => {
    const resource = asked.path.replace(/\/[^/]+$/, '');
    if (isOrder(asked.path, 'pause') && paused.has(resource))
      return { status: 400, body: '{"error":{"code":"paused_already"}}' };
    const answer = await carry(asked);
    if (answer.status === 200 && isOrder(asked.path, 'pause')) paused.add(resource);
    if (answer.status === 200 && isOrder(asked.path, 'resume')) paused.delete(resource);
    return answer;
  };
}

/** Takes a new order for one it has answered, because nothing but its name is compared. */
function remembersTooWell(): Fault {
  const known = new Set<string>();
  return async (asked, carry) => {
    if (!isOrder(asked.path, 'pause')) return await carry(asked);
    if (known.has(asked.path)) return done;
    const answer = await carry(asked);
    if (answer.status === 200) known.add(asked.path);
    return answer;
  };
}

const restoresOne: Fault = (asked, carry) => {
  const body = isOrder(asked.path, 'resume') ? asked.body?.replace(/"size":\d+/, '"size":1') : asked.body;
  return carry({ ...asked, body });
};

const swallowsGarbage: Fault = async (asked, carry) => {
  const answer = await carry(asked);
  return answer.status === 422 && isOrder(asked.path, 'resume') ? done : answer;
};

const breaksOnGarbage: Fault = async (asked, carry) => {
  const answer = await carry(asked);
  return answer.status === 422 && isOrder(asked.path, 'resume') ? { status: 500, body: 'oops' } : answer;
};

const losesTheLock: Fault = async (asked, carry) => {
  const answer = await carry(asked);
  if (answer.status === 200 && isOrder(asked.path, 'resume'))
    await carry({ ...asked, path: asked.path.replace(/resume$/, 'unlock') });
  return answer;
};

/** Changes the answer to each look at one resource. */
const looksLike =
  (change: (body: string) => string): Fault =>
  async (asked, carry) => {
    const answer = await carry(asked);
    return asked.method === 'GET' && /\/resources\/[^/]+$/.test(asked.path)
      ? { ...answer, body: change(answer.body) }
      : answer;
  };

const bareNotFound: Fault = async (asked, carry) => {
  const answer = await carry(asked);
  return answer.status === 404 && asked.path.includes('verify-nothing')
    ? { status: 404, body: 'Not Found' }
    : answer;
};

const knowsIdsOnly: Fault = (asked, carry) =>
  carry({
    ...asked,
    path: asked.path.replace(/^\/accounts\/[^/]+\/resources\//, '/accounts/test-account/resources/'),
  });

const listsNoEnd: Fault = async (asked, carry) => {
  const answer = await carry(asked);
  return /\/test-account\/resources$/.test(asked.path)
    ? { ...answer, body: answer.body.replace(',"next":null', '') }
    : answer;
};

const readsAnything: Fault = (asked, carry) =>
  asked.path.endsWith('/verify') && asked.body?.includes('elsewhere') === true
    ? Promise.resolve({ status: 200, body: '{"readable":true,"evidence":"all of it"}' })
    : carry(asked);

/** What can be wrong with a receiver, and the one check that has to find it. A fault that remembers is made anew. */
export const faults: readonly {
  readonly what: string;
  readonly check: string;
  /** Whether it can be given back at all. */
  readonly givesBack: boolean;
  readonly fault: () => Fault;
}[] = [
  { what: 'is open to everybody', check: 'token', givesBack: true, fault: () => openToAll },
  { what: 'looks at no token of an order', check: 'token', givesBack: true, fault: () => openToOrders },
  { what: 'lists without an end', check: 'list', givesBack: true, fault: () => listsNoEnd },
  {
    what: 'has a word of its own for what a resource does',
    check: 'look',
    givesBack: true,
    fault: () => looksLike((body) => body.replace(/"probe":"\w+"/, '"probe":"running"')),
  },
  {
    what: 'leaves the state out',
    check: 'look',
    givesBack: true,
    fault: () => looksLike((body) => body.replace('"state"', '"status"')),
  },
  {
    what: 'finds a resource by its id alone',
    check: 'unknown-account',
    givesBack: true,
    fault: () => knowsIdsOnly,
  },
  { what: 'ignores the fencing number', check: 'fence', givesBack: true, fault: () => forgetsTheFence },
  { what: 'answers a bare 404', check: 'unknown-resource', givesBack: true, fault: () => bareNotFound },
  { what: 'takes garbage for an order', check: 'garbage', givesBack: true, fault: () => swallowsGarbage },
  { what: 'breaks on garbage', check: 'garbage', givesBack: true, fault: () => breaksOnGarbage },
  { what: 'locks nothing and says it did', check: 'lock', givesBack: true, fault: () => pretends('lock') },
  { what: 'hangs while it drains', check: 'drain', givesBack: true, fault: () => hangsIn('drain') },
  {
    what: 'never tells the end of a drain',
    check: 'drain',
    givesBack: true,
    fault: () => looksLike((body) => body.replace('"drained":true', '"drained":false')),
  },
  { what: 'pauses nothing and says it did', check: 'pause', givesBack: true, fault: () => pretends('pause') },
  { what: 'restores another size', check: 'resume', givesBack: false, fault: () => restoresOne },
  { what: 'loses the lock when it resumes', check: 'resume', givesBack: true, fault: () => losesTheLock },
  {
    what: 'unlocks nothing and says it did',
    check: 'unlock',
    givesBack: false,
    fault: () => pretends('unlock'),
  },
  { what: 'counts its locks', check: 'repeats', givesBack: false, fault: countsLocks },
  { what: 'refuses an order that comes again', check: 'repeats', givesBack: true, fault: refusesRepeats },
  { what: 'takes a new order for an old one', check: 'repeats', givesBack: true, fault: remembersTooWell },
  { what: 'reads back what is not there', check: 'archive', givesBack: true, fault: () => readsAnything },
  {
    what: 'deletes nothing and says it did',
    check: 'decommission',
    givesBack: true,
    fault: () => pretends('decommission'),
  },
];

export const noFault = right;
