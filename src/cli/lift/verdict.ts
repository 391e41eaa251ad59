import type { BackState } from '../../db/queries/takings.js';
import { formatInstant } from '../../domain/time.js';

/**
 * What became of one account. `already`: it was back before. `paid`: its payment gave it back, or will as soon as it has a
 * subscription. `refused`: its case took no order. `running`: nobody waited any longer.
 */
export const allStatuses = ['lifted', 'caveat', 'already', 'paid', 'refused', 'failed', 'running'] as const;
export type Status = (typeof allStatuses)[number];
export type Result = { readonly status: Status; readonly detail: string };

const result = (status: Status, detail = ''): Result => ({ status, detail });

/** A reminder leaves a mark, too, and takes nothing. */
export const isRestricted = ({ restrictions }: BackState): boolean =>
  restrictions.some(({ reason, access }) => reason === 'nonpayment' && access !== 'grace_period');

const isHeldByOthers = ({ restrictions }: BackState) =>
  restrictions.some(({ reason, access }) => reason !== 'nonpayment' && access !== 'grace_period');

/** Whether nothing is taken for non-payment any more, and what was recorded for it is back. */
export function isBack(state: BackState): boolean {
  if (isRestricted(state) || (state.lift !== null && state.lift.outcome === null)) return false;
  return state.lift !== null || state.off.length === 0 || isHeldByOthers(state);
}

/** What is said of an account to which no order has to be sent; `null` where one has to. */
export function withoutOrder(state: BackState): Result | null {
  if (!isBack(state)) return null;
  const isPaid = state.newest === null || state.newest.closedAt !== null || state.newest.owed.length === 0;
  return isPaid ? paid(state) : result('already', caveatIn(state) ?? '');
}

function paid(state: BackState): Result {
  if (state.restrictions.some(({ reason }) => reason === 'ended'))
    return result('paid', 'its subscription has ended: it stays off until it has one again, or a grant');
  return result('paid', caveatIn(state) ?? '');
}

/** What is said of an account that has taken an order; `null` while it is being given back. */
export function afterOrder(state: BackState): Result | null {
  if (!isBack(state)) return null;
  if (state.restrictions.some(({ reason }) => reason === 'ended')) return paid(state);
  const caveat = caveatIn(state);
  return caveat === null ? result('lifted') : result('caveat', caveat);
}

function caveatIn({ lift, restrictions, off }: BackState): string | null {
  const outcome = lift?.outcome;
  const manual = restrictions.find(({ reason }) => reason === 'manual');
  const told = [
    ...(outcome?.status === 'done' && outcome.caveat !== undefined ? [outcome.caveat] : []),
    ...(manual === undefined ? [] : [`stays ${manual.access} by hand, by ${manual.owner}`]),
    ...(manual === undefined && off.length > 0 ? [`not back: ${resourcesIn(off)}`] : []),
  ];
  return told.length === 0 ? null : told.join('; ');
}

/** What is said of an account for which nobody waits any longer. */
export function outOfTime({ newest }: BackState): Result {
  const hold = newest?.hold ?? null;
  if (hold?.of !== 'lift') return result('running', 'not back yet: its case goes on with it');
  const last = newest?.remarks.findLast(({ text }) => text.startsWith('lift '));
  const next = `tried again by itself, next ${formatInstant(hold.until, true)}`;
  return result('failed', `${last?.text ?? 'giving back failed'}; ${next}`);
}

/** An order that its case did not take. */
export const refused = (why: string): Result => result('refused', why);
/** Nobody knows whether its case has the order. */
export const unanswered: Result = result(
  'running',
  'no answer: either Temporal or every worker is away, or the case is in the middle of an act',
);
export const failed = (why: string): Result => result('failed', why);

const mostNamed = 3;

/** `3 resources: compute web, compute jobs, compute spare`, the first few by name. */
export function resourcesIn(off: BackState['off']): string {
  if (off.length === 0) return 'access alone';
  const named = off.slice(0, mostNamed).map(({ kind, resource }) => `${kind} ${resource}`);
  const rest = off.length > mostNamed ? [`${off.length - mostNamed} more`] : [];
  return `${off.length === 1 ? '1 resource' : `${off.length} resources`}: ${[...named, ...rest].join(', ')}`;
}

/** What is to be done: it was neither given back nor is about to be. */
export const isUndone = ({ status }: Result): boolean =>
  status === 'refused' || status === 'failed' || status === 'running';

/** `12 lifted, 1 refused`, in the order of the statuses. */
export function countsOf(results: readonly Result[]): string {
  const counts = allStatuses.map((status) => ({
    status,
    count: results.filter((one) => one.status === status).length,
  }));
  const told = counts.filter(({ count }) => count > 0).map(({ status, count }) => `${count} ${status}`);
  return told.length === 0 ? 'nothing' : told.join(', ');
}
