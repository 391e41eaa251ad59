import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, type Instant } from '../../src/domain/time.js';
import { drawDelivery, isGenuine } from './deliveries.js';
import { endOf, longestDelayMs } from './faults.js';
import type { Storing } from './ports.js';
import { spanAt } from './truth.js';
import { dispatchSoon } from './dispatcher.js';
import { strikes, type RaisedEvent, type Subject, type World } from './world.js';

/** Stripe raises an event of an account and delivers it, or not, or twice, or days later; some it never raises. */
export function raise(world: World, subject: Subject, type: string, at: Instant): void {
  const { dice, faults } = world;
  const { rates, healAt } = faults;
  const isIll = at < healAt;
  if (isIll && dice.chance(rates.neverRaised)) return;
  const livemode = !(isIll && dice.chance(rates.testMode));
  const event: RaisedEvent = { id: (world.eventCount += 1), type, subject, livemode };
  if (isIll && dice.chance(rates.dropped)) fetchLater(world, event, at);
  else world.agenda.enter(arrivalOf(world, at, isIll), { kind: 'deliver', event, tries: 0 });
  if (isIll && dice.chance(rates.doubled))
    world.agenda.enter(arrivalOf(world, at, isIll), { kind: 'deliver', event, tries: 0 });
  // A test-mode twin is no news of the account: the live one comes as well.
  if (!livemode) raise(world, subject, type, at + 1);
}

function arrivalOf({ dice, faults }: World, at: Instant, isIll: boolean): Instant {
  const isLate = isIll && dice.chance(faults.rates.delayed);
  return Math.round(at + (isLate ? dice.next() * longestDelayMs : dice.next() * 20 * SECOND_MS));
}

// What was not delivered is asked for so often.
const pollMs = 10 * MINUTE_MS;

function fetchLater(world: World, event: RaisedEvent, after: Instant): void {
  const { stripeDown, intakeDown } = world.faults.spells;
  const at = (Math.floor(after / pollMs) + 1) * pollMs;
  world.agenda.enter(endOf(intakeDown, endOf(stripeDown, at)), { kind: 'fetch', event });
}

// As Stripe does it, with ever longer waits, until it gives up.
const retryMs = [5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 5 * HOUR_MS, 10 * HOUR_MS, 12 * HOUR_MS, DAY_MS];

/** A delivery reaches us. 2xx only after its row is committed; what is answered otherwise comes again. */
export function deliver(world: World, event: RaisedEvent, tries: number): void {
  const status = answer(world, event);
  const isDone = status !== null && status >= 200 && status < 300;
  if (isDone) world.intake.acknowledged.add(event.id);
  if (isDone) return;
  const waitMs = retryMs[tries];
  if (waitMs === undefined) fetchLater(world, event, world.now);
  else world.agenda.enter(world.now + waitMs, { kind: 'deliver', event, tries: tries + 1 });
}

/** `null`: nobody is there. */
function answer(world: World, event: RaisedEvent): number | null {
  const { core, faults, now, intake } = world;
  if (spanAt(faults.spells.intakeDown, now) !== null) return null;
  const isSecretWrong = spanAt(faults.spells.wrongSecret, now) !== null;
  if (isSecretWrong || !isGenuine(world, event)) {
    intake.refused += 1;
    return answerRefused(world);
  }
  if (strikes(world, faults.rates.notSerialised)) return core.answerTo('failed');
  return core.answerTo(store(world, event));
}

function answerRefused({ core, intake }: World): number {
  const status = core.answerTo(null);
  if (status < 300) intake.refusedBadly += 1;
  return status;
}

/** One row an event, however often it comes. */
export function store(world: World, event: RaisedEvent): Storing {
  const { core, intake, faults } = world;
  const known = intake.rows.get(event.id);
  if (known !== undefined && !core.isStoredAgain) return 'known';
  const row = {
    event,
    state: core.shutsOut(event.livemode ? 'accepted' : 'wrong_mode') ? 'ignored' : 'pending',
  } as const;
  const rows = known ?? [];
  const stored = { ...row };
  rows.push(stored);
  intake.rows.set(event.id, rows);
  if (stored.state === 'pending') {
    event.subject.pending.push(stored);
    dispatchSoon(world, event.subject);
  }
  return strikes(world, faults.rates.lostAfterCommit) ? 'lost' : 'committed';
}

/** The poller finds at Stripe what was never delivered. */
export function fetchMissed(world: World, event: RaisedEvent): void {
  const { intakeDown, stripeDown } = world.faults.spells;
  if (spanAt(intakeDown, world.now) !== null || spanAt(stripeDown, world.now) !== null)
    return fetchLater(world, event, world.now);
  if (store(world, event) === 'lost') fetchLater(world, event, world.now);
}

/** Somebody sends what Stripe never signed. */
export function forge(world: World, subject: Subject): void {
  const { intake } = world;
  const rowsBefore = intake.rows.size;
  const verdict = drawDelivery(world, subject);
  intake.refused += 1;
  if (verdict === 'accepted') intake.findings.push('a forged delivery was accepted');
  answerRefused(world);
  if (intake.rows.size !== rowsBefore) intake.findings.push('a forged delivery left a row');
}
