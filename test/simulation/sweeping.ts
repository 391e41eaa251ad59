import { MINUTE_MS, type Instant } from '../../src/domain/time.js';
import { signal } from './dispatcher.js';
import { endOf } from './faults.js';
import type { Subject, World } from './world.js';

/** Of who is restricted it is asked so often whether he has paid, and of every open case whether somebody sees to it. */
export const sweepMs = 10 * MINUTE_MS;

export const nextSweep = (at: Instant): Instant => (Math.floor(at / sweepMs) + 1) * sweepMs;

// Of a core that goes round for ever a run is ended by force again and again; no sound life comes near it.
const mostRevivals = 10;

/**
 * A case that stands open and has no run gets one. A sweep looks at it once for each run that was ended by force: looking at
 * all of them for ever would be most of a simulation.
 */
export function revive(world: World, subject: Subject): void {
  const { saved, run, marks } = subject;
  if (saved === null || saved.closedAt !== null || run !== null) return;
  if (marks.filter(({ kind }) => kind === 'found').length > mostRevivals) return;
  const upAt = endOf(world.faults.spells.workersDown, world.now);
  if (upAt > world.now) world.agenda.enter(nextSweep(upAt), { kind: 'revive', subject });
  else signal(world, subject, 'billingChanged');
}
