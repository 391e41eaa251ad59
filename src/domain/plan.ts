import type { SubscriptionId } from './ids.js';
import type { DecommissionRule } from './policy.js';

/** Exactly what an approval allows to be deleted. Whatever is not named in it stays. */
export type DecommissionPlan = {
  readonly resources: readonly {
    readonly target: string;
    readonly id: string;
    readonly kind: string;
  }[];
  /** Live subscriptions for which collection ends first, and how. */
  readonly collection: DecommissionRule['collection'];
  readonly subscriptions: readonly SubscriptionId[];
};

/** `2 deployments, 1 database; 1 subscription is canceled first`. */
export function summaryOf({ resources, subscriptions, collection }: DecommissionPlan): string {
  const kinds = [...new Set(resources.map(({ kind }) => kind))].sort();
  const counts = kinds.map((kind) => counted(resources.filter((r) => r.kind === kind).length, kind));
  const what = counts.length === 0 ? 'no resources' : counts.join(', ');
  if (subscriptions.length === 0) return what;
  const done = collection === 'cancel' ? 'canceled' : 'paused';
  return `${what}; ${counted(subscriptions.length, 'subscription')} ${done} first`;
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** What the plan does not allow among the resources that are there now. */
export function unplanned<T extends { readonly target: string; readonly id: string }>(
  { resources }: DecommissionPlan,
  found: readonly T[],
): T[] {
  return found.filter(({ target, id }) => !resources.some((r) => r.target === target && r.id === id));
}
