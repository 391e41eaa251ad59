import { PortError, type PortErrorCode } from '../../ports/errors.js';
import type { Probe, Resource, ResourceState, Target, TargetAccount } from '../../ports/target.js';
import { createArchives } from './archives.js';

type Instance = {
  readonly kind: string;
  readonly size: number;
  readonly locked: boolean;
  readonly drain: 'none' | 'running' | 'ended';
};

/** What can be made to fail. */
export type TargetMethod = Exclude<keyof Target, 'name' | 'inspect' | 'revoke' | 'startsWithinMs'>;

export type MemoryTargetOptions = {
  readonly name?: string;
  /** How long a drain takes, slept by `sleep`: give both, or drains are instant. */
  readonly drainMs?: number;
  readonly sleep?: (ms: number) => Promise<unknown>;
};

/** What happens on the platform without Forbear: the customer's own doing, and a look at what is really there. */
export type MemoryPlatform = {
  /** Puts resources there, whatever is locked; replaces one of the same id. */
  seed(
    ref: string,
    resources: readonly { readonly id: string; readonly size: number; readonly kind?: string }[],
  ): void;
  sizes(ref: string): Record<string, number>;
  /** Whether a drain of the resource has ended and was not undone. */
  isDrained(ref: string, id: string): boolean;
  /** The customer's own dashboard. Throws when the resource is locked or gone. */
  scale(ref: string, id: string, size: number): void;
  /** The customer starts something new. Throws while anything of the account is locked. */
  launch(ref: string, id: string, size: number): void;
  /** Takes a resource away behind Forbear's back. */
  vanish(ref: string, id: string): void;
  /** What Forbear deleted, in order; what vanished is none of it. */
  deleted(ref: string): readonly string[];
  /** What the archive of a resource holds, readable or not; `null` when there is none. */
  archived(ref: string, id: string): string | null;
  /** From now on the archive of a resource can't be read back, until another one is taken. */
  spoilArchive(ref: string, id: string): void;
};

export type MemoryTarget = Target &
  MemoryPlatform & {
    /** The next call of the method fails; with `executed` only after it did its work, as when the answer is lost. */
    failNext(method: TargetMethod, code: PortErrorCode, executed?: boolean): void;
    /** Every call of the port, in order, also those that failed. */
    readonly calls: readonly {
      readonly method: TargetMethod;
      readonly ref: string;
      readonly id: string | null;
    }[];
  };

/** A whole platform in memory, held to the same conformance suite as the real targets. For tests and the simulator. */
export function createMemoryTarget(options: MemoryTargetOptions = {}): MemoryTarget {
  const { name = 'memory', drainMs = 0, sleep = () => Promise.resolve() } = options;
  const { get, change, decommission, list, ...platform } = createPlatform();
  const archives = createArchives(name);
  const { act, failNext, calls } = createFaultLine(name);
  const on =
    <T>(method: TargetMethod, work: (ref: string, id: string) => T | Promise<T>) =>
    ({ ref }: TargetAccount, { id }: Resource) =>
      act(method, ref, id, () => work(ref, id));
  const set = (method: TargetMethod, changes: Partial<Instance>) =>
    on(method, (ref, id) => change(ref, id, changes));

  return {
    ...platform,
    archived: archives.contentOf,
    spoilArchive: archives.spoil,
    failNext,
    calls,
    name,
    find: ({ ref }) => act('find', ref, null, () => list(ref)),
    snapshot: on('snapshot', (ref, id) => stateOf(get(ref, id))),
    drain: (account, resource, signal) =>
      on('drain', async (ref, id) => {
        signal.throwIfAborted();
        change(ref, id, { drain: 'running' });
        if (drainMs > 0) await untilAborted(sleep(drainMs), signal);
        change(ref, id, { drain: 'ended' });
      })(account, resource),
    pause: set('pause', { size: 0 }),
    lock: set('lock', { locked: true }),
    unlock: set('unlock', { locked: false }),
    probe: on('probe', (ref, id) => probeOf(get(ref, id))),
    resume: (account, resource, state) =>
      on('resume', (ref, id) => change(ref, id, { size: sizeIn(state, name), drain: 'none' }))(
        account,
        resource,
      ),
    archive: on('archive', (ref, id) => {
      const state = stateOf(get(ref, id));
      if (state !== null) return archives.take(ref, id, state);
      throw new PortError('TARGET_REFUSED', `${name}: nothing is left of ${id} to archive`);
    }),
    verifyArchive: (account, resource, location) =>
      on('verifyArchive', (ref, id) => archives.verify(ref, id, location))(account, resource),
    decommission: on('decommission', decommission),
    inspect: () => Promise.resolve({ reached: `${name}, in this process`, rights: [] }),
  };
}

function createPlatform() {
  const accounts = new Map<string, ReadonlyMap<string, Instance>>();
  const deletions: { readonly ref: string; readonly id: string }[] = [];
  const all = (ref: string) => accounts.get(ref) ?? new Map<string, Instance>();
  const get = (ref: string, id: string) => all(ref).get(id);
  const put = (ref: string, id: string, instance: Instance): void =>
    void accounts.set(ref, new Map([...all(ref), [id, instance]]));
  const change = (ref: string, id: string, changes: Partial<Instance>): void => {
    const instance = get(ref, id);
    if (instance !== undefined) put(ref, id, { ...instance, ...changes });
  };
  const remove = (ref: string, id: string): void =>
    void accounts.set(ref, new Map([...all(ref)].filter(([name]) => name !== id)));
  const seed: MemoryPlatform['seed'] = (ref, resources) => {
    for (const { id, size, kind = 'instance' } of resources)
      put(ref, id, { kind, size, locked: false, drain: 'none' });
  };

  const decommission = (ref: string, id: string): void => {
    if (get(ref, id) !== undefined) deletions.push({ ref, id });
    remove(ref, id);
  };

  return {
    get,
    change,
    decommission,
    seed,
    vanish: remove,
    deleted: (ref: string) => deletions.filter((d) => d.ref === ref).map(({ id }) => id),
    list: (ref: string): Resource[] => [...all(ref)].map(([id, { kind }]) => ({ id, kind })),
    sizes: (ref: string) => Object.fromEntries([...all(ref)].map(([id, { size }]) => [id, size])),
    isDrained: (ref: string, id: string) => get(ref, id)?.drain === 'ended',
    scale: (ref: string, id: string, size: number): void => {
      const instance = get(ref, id);
      if (instance === undefined) throw new Error(`${id} is gone`);
      if (instance.locked) throw new Error(`${id} is locked`);
      change(ref, id, { size });
    },
    launch: (ref: string, id: string, size: number): void => {
      if ([...all(ref).values()].some((i) => i.locked)) throw new Error(`${ref} is locked`);
      seed(ref, [{ id, size }]);
    },
  };
}

/** Everything that goes to the platform passes here: it is recorded, and fails where a test wants it to. */
function createFaultLine(name: string) {
  const calls: { method: TargetMethod; ref: string; id: string | null }[] = [];
  const faults: { method: TargetMethod; code: PortErrorCode; executed: boolean }[] = [];
  return {
    calls,
    failNext: (method: TargetMethod, code: PortErrorCode, executed = false): void =>
      void faults.push({ method, code, executed }),
    act: async <T>(
      method: TargetMethod,
      ref: string,
      id: string | null,
      work: () => T | Promise<T>,
    ): Promise<T> => {
      calls.push({ method, ref, id });
      const index = faults.findIndex((f) => f.method === method);
      const [fault] = index < 0 ? [] : faults.splice(index, 1);
      if (fault === undefined) return await work();
      if (fault.executed) await work();
      throw new PortError(fault.code, `${name}: ${method} failed${fault.executed ? ', its work done' : ''}`);
    },
  };
}

function stateOf(instance: Instance | undefined): ResourceState | null {
  return instance === undefined ? null : { size: instance.size };
}

function sizeIn(state: ResourceState, name: string): number {
  if (typeof state['size'] === 'number') return state['size'];
  throw new PortError('TARGET_REFUSED', `${name}: this is no state of mine`);
}

function probeOf(instance: Instance | undefined): Probe {
  if (instance === undefined) return 'gone';
  if (instance.size === 0) return instance.locked ? 'off_and_locked' : 'off';
  return instance.locked || instance.drain !== 'none' ? 'in_between' : 'serving';
}

/** Waits, but rejects with the signal's reason as soon as it aborts. */
async function untilAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    // An abort's reason is the caller's own, whatever it is.
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    signal.addEventListener('abort', () => reject(signal.reason), { signal: over.signal });
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    over.abort();
  }
}
