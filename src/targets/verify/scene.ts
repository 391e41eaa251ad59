import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Probe, Resource, ResourceState, Target, TargetOrder } from '../../ports/target.js';
import { Unmet } from './check.js';

/** What was there before anything was touched. */
export type Kept = { readonly resource: Resource; readonly state: ResourceState; readonly probe: Probe };

/** One account on one platform, and what is known of it so far. */
export type Scene = {
  readonly target: Target;
  /** The claim that orders are given under; the wire's checks find out which one the platform takes. */
  account: TargetOrder;
  resources: readonly Resource[];
  kept: readonly Kept[];
  /** Whether an order was given that has to be taken back. */
  touched: boolean;
  /** The longest that a drain or a start may take. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
};

export type SceneOptions = Pick<Scene, 'target' | 'account' | 'waitMs' | 'signal'>;

export const createScene = (options: SceneOptions): Scene => ({
  ...options,
  resources: [],
  kept: [],
  touched: false,
});

const pollMs = 100;

/** Asks until it is so, at most `waitMs`. Returns whether it is. */
export async function eventually(
  { waitMs, signal }: Pick<Scene, 'waitMs' | 'signal'>,
  isSo: () => Promise<boolean>,
): Promise<boolean> {
  const until = performance.now() + waitMs;
  for (;;) {
    if (await isSo()) return true;
    if (performance.now() >= until) return false;
    await sleep(pollMs, undefined, { signal });
  }
}

/** Gives one order for each resource, the one after the other. */
export async function each(
  scene: Scene,
  order: (target: Target, account: TargetOrder, kept: Kept) => Promise<unknown>,
): Promise<void> {
  scene.touched = true;
  for (const kept of scene.kept) {
    scene.signal.throwIfAborted();
    await order(scene.target, scene.account, kept);
  }
}

/** Throws `Unmet` unless every resource is as it was: the exact state, and serving where it served. */
export async function mustBeBack(scene: Scene): Promise<void> {
  for (const kept of scene.kept) {
    const { resource, probe } = kept;
    await mustBeExact(scene, kept);
    let last: Probe = 'gone';
    const isBack = async () => (last = await scene.target.probe(scene.account, resource)) === probe;
    if (!(await eventually(scene, isBack)))
      throw new Unmet(`${resource.id} is \`${last}\` after ${scene.waitMs / 1_000} s, and was \`${probe}\``);
  }
}

/** Throws `Unmet` unless the resource is in the state that was recorded. */
export async function mustBeExact(
  { target, account }: Scene,
  { resource, state }: Kept,
  when = '',
): Promise<void> {
  const now = await target.snapshot(account, resource);
  if (!isDeepStrictEqual(now, state))
    throw new Unmet(`${resource.id} is ${JSON.stringify(now)}${when}, and was ${JSON.stringify(state)}`);
}

/** Throws `Unmet` unless every resource that served is `wanted`, and what was off is off. */
export async function mustProbe(scene: Scene, wanted: Probe): Promise<void> {
  for (const { resource } of scene.kept) {
    const probe = await scene.target.probe(scene.account, resource);
    if (probe !== wanted) throw new Unmet(`${resource.id} is \`${probe}\``);
  }
}
