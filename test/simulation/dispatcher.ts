import { SECOND_MS } from '../../src/domain/time.js';
import type { News } from '../../src/dispatcher/classify.js';
import { wakeSoon } from './cases.js';
import { endOf } from './faults.js';
import { strikes, type Subject, type World } from './world.js';

// As the real one: a workflow that was just signalled has not said of itself yet that its case is open.
const settlingMs = 120 * SECOND_MS;
const apartMs = 2 * SECOND_MS;

/** Committed rows are told some time after, once. */
export function dispatchSoon(world: World, subject: Subject, waitMs = SECOND_MS): void {
  const at = endOf(world.faults.spells.intakeDown, world.now + waitMs);
  if (subject.dispatchAt > world.now && subject.dispatchAt <= at) return;
  subject.dispatchAt = at;
  world.agenda.enter(at, { kind: 'dispatch', subject });
}

/** Everything that waits of one account becomes one signal, or is settled where nobody need hear it. */
export function dispatch(world: World, subject: Subject): void {
  const { core, now, faults } = world;
  const { pending } = subject;
  if (pending.length === 0) return;
  subject.dispatchAt = -Infinity;
  const told = core.strongest(
    pending.map(({ event }) => core.classify(event.type)).filter((n) => n !== null),
  );
  const waitMs = told === null ? null : waitFor(subject, told, now);
  if (told === null || waitMs === null) return mark(subject, 'settled');
  if (waitMs > 0) return dispatchSoon(world, subject, waitMs);
  if (strikes(world, faults.rates.notSerialised)) return dispatchSoon(world, subject, 5 * SECOND_MS);
  signal(world, subject, told.signal);
  // The signal is out, and that it is was not kept: it goes out once more.
  if (strikes(world, faults.rates.lostAfterCommit)) return dispatchSoon(world, subject, 5 * SECOND_MS);
  mark(subject, 'dispatched');
}

function waitFor(subject: Subject, { signal: name, opens }: News, now: number): number | null {
  const agoMs = now - subject.signalledAt;
  const isNews = opens || agoMs < settlingMs || isInTrouble(subject);
  if (!isNews) return null;
  return name === 'paymentSucceeded' ? 0 : Math.max(0, Math.ceil(apartMs - agoMs));
}

export const isInTrouble = ({ saved, ledger }: Subject): boolean =>
  (saved !== null && saved.closedAt === null) ||
  ledger.restrictions.length > 0 ||
  ledger.fallback !== null ||
  (saved?.owed.length ?? 0) > 0;

function mark({ pending }: Subject, state: 'settled' | 'dispatched'): void {
  for (const row of pending) row.state = state;
  pending.length = 0;
}

/** Kept by the server whether a worker is up or not; starts a run where there is none. */
export function signal(world: World, subject: Subject, name: News['signal']): void {
  subject.signalledAt = world.now;
  subject.mailbox.push({ kind: name === 'paymentSucceeded' ? 'payment' : 'event' });
  wakeSoon(world, subject);
}
