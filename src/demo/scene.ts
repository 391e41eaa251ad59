/** What a customer runs, by name and size. */
export type Size = { readonly id: string; readonly size: number };

export type InstanceSeen = Size & {
  /** What its customer runs it at, where that is known. */
  readonly usualSize?: number;
  readonly locked: boolean;
  readonly draining: boolean;
  readonly serving: boolean;
};

/** All that can be seen of one account at one moment, from the outside: database, platform and mails. */
export type Scene = {
  /** `null` while the account never had a case. */
  readonly stage: string | null;
  readonly owed: string;
  readonly nextStep: string | null;
  readonly nextAt: number | null;
  readonly access: string;
  readonly instances: readonly InstanceSeen[];
  /** Of the mails that were caught, in the order they were sent. */
  readonly topics: readonly string[];
  /** The pause dates that the customer was told, in the order he was told them. */
  readonly toldPauseAt: readonly number[];
  /** When the pause was claimed; `null` if it never was. */
  readonly pausedAt: number | null;
};

export const nothingSeen: Scene = {
  stage: null,
  owed: '',
  nextStep: null,
  nextAt: null,
  access: 'active',
  instances: [],
  topics: [],
  toldPauseAt: [],
  pausedAt: null,
};

/** Nothing of the account runs and nothing can be started. */
export const isOff = ({ instances }: Scene) =>
  instances.length > 0 && instances.every((i) => i.size === 0 && i.locked);

/** Exactly these sizes answer, and nothing is locked. */
export function serves({ instances }: Scene, sizes: readonly Size[]): boolean {
  return (
    instances.length === sizes.length &&
    sizes.every(({ id, size }) =>
      instances.some((i) => i.id === id && i.size === size && i.serving && !i.locked),
    )
  );
}

/** The stage, or `pausing` while the pause has begun and the case doesn't say so yet: it does when all is done. */
export function shownStage({ stage, owed, instances }: Scene): string | null {
  const hasBegun = instances.some((i) => i.locked || drains(i));
  return stage === 'reminded' && owed !== 'nothing' && hasBegun ? 'pausing' : stage;
}

/** `web 3 · worker 2`, `web 3 draining`, `web 3→0 locked`. */
export function describeInstances({ instances }: Scene): string {
  return instances.map((instance) => `${instance.id} ${sizeOf(instance)}${stateOf(instance)}`).join(' · ');
}

function sizeOf({ size, usualSize = size, locked }: InstanceSeen): string {
  return locked && size !== usualSize ? `${usualSize}→${size}` : String(size);
}

function stateOf(instance: InstanceSeen): string {
  if (drains(instance)) return ' draining';
  return instance.locked ? ' locked' : '';
}

const drains = ({ draining, size }: InstanceSeen) => draining && size > 0;
