import { readArchive, spoiled, viewsOf, withArchive, type ArchiveView, type Damage } from './archives.js';
import type { Instance, PlatformAccount, StateStore } from './state.js';

export type PlatformOptions = { readonly store: StateStore; readonly clock: () => number };

/** What anybody sees of an instance at one moment. */
export type InstanceView = {
  readonly id: string;
  readonly kind: 'instance';
  readonly plan: string;
  readonly size: number;
  readonly locked: boolean;
  readonly draining: boolean;
  readonly drained: boolean;
  readonly serving: boolean;
  readonly runningTasks: number;
};

export type Platform = ReturnType<typeof createPlatform>;

const defaultDrainMs = 300;
const startMs = 200;
const tasksPerReplica = 3;

/**
 * The fake hosting platform without its HTTP side: accounts by the app's own ref, and what runs for them. Nothing
 * happens on timers: a drain or a start is a date in the state, so that it goes on across a restart.
 */
export function createPlatform({ store, clock }: PlatformOptions) {
  const accounts = store.load();

  const accountOf = (ref: string): PlatformAccount =>
    accounts.get(ref) ?? { drainMs: null, instances: [], archives: [], fence: 0 };
  const instanceOf = (ref: string, id: string) => accountOf(ref).instances.find((i) => i.id === id) ?? null;

  const put = (ref: string, account: PlatformAccount): void => {
    accounts.set(ref, account);
    store.save(accounts);
  };

  const change = (ref: string, id: string, next: (instance: Instance) => Instance): InstanceView | null => {
    const account = accountOf(ref);
    const standing = instanceOf(ref, id);
    if (standing === null) return null;
    const changed = next(standing);
    put(ref, { ...account, instances: account.instances.map((i) => (i.id === id ? changed : i)) });
    return viewOf(account, changed, clock());
  };

  return {
    list: (ref: string): InstanceView[] =>
      accountOf(ref).instances.map((i) => viewOf(accountOf(ref), i, clock())),
    read: (ref: string, id: string): InstanceView | null => {
      const instance = instanceOf(ref, id);
      return instance === null ? null : viewOf(accountOf(ref), instance, clock());
    },
    /** While anything of the account is locked, its customer can start nothing new either. */
    isLocked: (ref: string): boolean => accountOf(ref).instances.some((i) => i.locked),
    setDrainMs: (ref: string, drainMs: number | null): void => put(ref, { ...accountOf(ref), drainMs }),

    create: (
      ref: string,
      made: { id: string; size: number; plan: string; drainMs?: number | undefined },
    ): void => {
      const account = accountOf(ref);
      const instance: Instance = {
        id: made.id,
        plan: made.plan,
        size: made.size,
        locked: false,
        drainingSince: null,
        readyAt: clock() + startMs,
        drainMs: made.drainMs ?? null,
      };
      put(ref, { ...account, instances: [...account.instances, instance] });
    },
    /** Takes note of the number of an order's claim; returns the highest that ever came. Lower ones are too late. */
    admit: (ref: string, fence: number): number => {
      const account = accountOf(ref);
      if (fence > account.fence) put(ref, { ...account, fence });
      return Math.max(fence, account.fence);
    },
    scale: (ref: string, id: string, size: number) => change(ref, id, (i) => scaled(i, size, clock())),
    drain: (ref: string, id: string) =>
      change(ref, id, (i) => ({ ...i, drainingSince: i.drainingSince ?? clock() })),
    setLocked: (ref: string, id: string, locked: boolean) => change(ref, id, (i) => ({ ...i, locked })),
    resume: (ref: string, id: string, state: { size: number; plan: string }) =>
      change(ref, id, (i) => ({ ...scaled(i, state.size, clock()), plan: state.plan, drainingSince: null })),

    /** False when there is nothing to archive. */
    archive: (ref: string, id: string): boolean => {
      const instance = instanceOf(ref, id);
      if (instance === null) return false;
      put(ref, withArchive(accountOf(ref), instance, clock()));
      return true;
    },
    listArchives: (ref: string): ArchiveView[] => viewsOf(accountOf(ref)),
    /** Reads it where it is stored, not what is remembered of it; `null` when there is none. */
    readArchive: (ref: string, id: string) => {
      const stored = store
        .load()
        .get(ref)
        ?.archives.find((a) => a.id === id);
      return stored === undefined ? null : { ...stored, reading: readArchive(stored) };
    },
    spoilArchive: (ref: string, id: string, damage: Damage): boolean => {
      const account = accountOf(ref);
      put(ref, spoiled(account, id, damage));
      return account.archives.some((a) => a.id === id);
    },
    remove: (ref: string, id: string): boolean => {
      const account = accountOf(ref);
      if (instanceOf(ref, id) === null) return false;
      put(ref, { ...account, instances: account.instances.filter((i) => i.id !== id) });
      return true;
    },
  };
}

/** Growing takes a moment until the new replicas answer; what runs already goes on answering while it shrinks. */
function scaled(instance: Instance, size: number, now: number): Instance {
  return { ...instance, size, readyAt: size > instance.size ? now + startMs : instance.readyAt };
}

function viewOf(account: PlatformAccount, instance: Instance, now: number): InstanceView {
  const { id, plan, size, locked, drainingSince, readyAt } = instance;
  const drainMs = account.drainMs ?? instance.drainMs ?? defaultDrainMs;
  const leftOfDrain =
    drainingSince === null ? 1 : Math.max(0, 1 - (now - drainingSince) / Math.max(1, drainMs));
  const ready = size > 0 && now >= readyAt;
  return {
    id,
    kind: 'instance',
    plan,
    size,
    locked,
    draining: drainingSince !== null,
    drained: size === 0 || leftOfDrain === 0,
    serving: ready && drainingSince === null,
    runningTasks: ready ? Math.ceil(size * tasksPerReplica * leftOfDrain) : 0,
  };
}
