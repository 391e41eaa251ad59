import { asAccountId } from '../../src/domain/ids.js';
import type { EnforcementMode } from '../../src/domain/judge.js';
import type { Policy } from '../../src/domain/policy.js';
import { DAY_MS, HOUR_MS, type Instant } from '../../src/domain/time.js';
import { createAgenda } from './agenda.js';
import { newBook, release } from './breaker-book.js';
import { resumeAct, wake } from './cases.js';
import type { Core } from './core.js';
import { soundCore } from './sound-core.js';
import { dispatch, isInTrouble, signal } from './dispatcher.js';
import { drawFaults, noFaults } from './faults.js';
import { deliver, fetchMissed, forge, raise } from './intake.js';
import { newLedger } from './ledger.js';
import { drawCourse, type Course } from './lives.js';
import { order } from './people.js';
import { policiesOf } from './policies.js';
import { diceOf, type Dice } from './random.js';
import { revive, sweepMs } from './sweeping.js';
import { isWithin, spanAt } from './truth.js';
import type { Entry, Resource, Subject, World } from './world.js';

export type WorldOptions = {
  readonly core?: Core;
  readonly mode?: EnforcementMode;
  readonly accounts?: number;
  readonly healthy?: boolean;
};

// Around these everything that a calendar can do wrong happens: a leap day, a month's end, clocks that change.
const beginnings = [
  Date.UTC(2026, 10, 2, 9),
  Date.UTC(2028, 1, 10, 7),
  Date.UTC(2027, 2, 5, 3),
  Date.UTC(2026, 9, 1, 12),
  Date.UTC(2027, 11, 20, 23),
] as const;
const unwellMs = 40 * DAY_MS;
const bornMs = 44 * DAY_MS;
const settledMs = 52 * DAY_MS;
const wholeMs = 80 * DAY_MS;

/** A fleet of accounts with all that will happen to it, drawn from one seed. */
export function createWorld(seed: number, options: WorldOptions = {}): World {
  const { core = soundCore, mode = 'enforce', accounts = 400, healthy = false } = options;
  const dice = diceOf(seed);
  const startAt = dice.pick(beginnings);
  const healAt = startAt + unwellMs;
  const homes = { de: 0, fr: 0, us: 0, br: 0 };
  const drawn = drawFaults(dice, startAt, healAt);
  const policies = policiesOf(startAt + dice.whole(1, 40) * DAY_MS);
  const world: World = {
    seed,
    core,
    mode,
    dice,
    faults: healthy ? noFaults(startAt) : drawn,
    startAt,
    endAt: startAt + wholeMs,
    subjects: [],
    agenda: createAgenda<Entry>(),
    intake: {
      rows: new Map(),
      acknowledged: new Set(),
      refusedBadly: 0,
      refused: 0,
      sampled: 0,
      findings: [],
    },
    breakers: newBook(accounts, homes, dice),
    now: startAt,
    eventCount: 0,
    orderCount: 0,
  };
  for (let index = 0; index < accounts; index += 1) populate(world, index, policies, homes);
  return world;
}

type Homes = Record<'de' | 'fr' | 'us' | 'br', number>;

function populate(world: World, index: number, policies: readonly [Policy, ...Policy[]], homes: Homes): void {
  const { dice, startAt } = world;
  const policy = dice.pick(policies);
  const country = dice.pick<keyof Homes>(['de', 'fr', 'us', 'br']);
  homes[country] += 1;
  const course = drawCourse(dice, policy, startAt + Math.round(dice.next() * bornMs), startAt + settledMs);
  const subject = subjectOf(index, policy, course, country, dice);
  world.subjects.push(subject);
  foretell(world, subject, course);
}

export function subjectOf(
  index: number,
  policy: Policy,
  { truth }: Course,
  country: string,
  dice: Dice,
): Subject {
  return {
    index,
    id: asAccountId(`account-${index}`),
    policy,
    truth,
    country,
    resources: resourcesOf(index, dice),
    ledger: newLedger(),
    marks: [],
    pending: [],
    mailbox: [],
    saved: null,
    run: null,
    caseCount: 0,
    dispatchAt: -Infinity,
    signalledAt: -Infinity,
    isCollectionOver: false,
    known: null,
    stages: new Set(),
  };
}

function resourcesOf(owner: number, dice: Dice): Resource[] {
  return Array.from({ length: dice.whole(1, 2) }, (_, n) => {
    const sizeBefore = dice.whole(1, 4);
    const state = { size: sizeBefore, isLocked: false, isGone: false, kept: null };
    return { name: `web-${n}`, owner, isProtected: false, sizeBefore, ...state };
  });
}

/** Everything that happens to an account without anybody's doing, put on the agenda. */
export function foretell(world: World, subject: Subject, { truth, wishes }: Course): void {
  const { dice, faults, agenda } = world;
  const tell = (type: string, at: Instant) => {
    if (at < world.endAt) raise(world, subject, type, at);
  };
  for (const { overdueAt, paidAt, collection, inFlight, confirming } of truth.debts) {
    tell(collection === 'sent' ? 'invoice.overdue' : 'invoice.payment_failed', overdueAt);
    tell('invoice.paid', paidAt);
    tell('invoice.payment_succeeded', paidAt);
    if (inFlight !== null) tell('payment_intent.processing', inFlight.from);
    if (inFlight !== null) tell('invoice.payment_failed', inFlight.to);
    if (confirming !== null) tell('invoice.payment_action_required', confirming.from);
    auditFrom(world, subject, overdueAt, DAY_MS);
    if (paidAt < world.endAt) auditFrom(world, subject, paidAt, sweepMs);
  }
  if (truth.ended !== null) {
    tell('customer.subscription.deleted', truth.ended.from);
    tell('customer.subscription.created', truth.ended.to);
    auditFrom(world, subject, truth.ended.to, sweepMs);
  }
  for (const { at, wish } of wishes) agenda.enter(at, { kind: 'wish', subject, wish });
  if (dice.chance(faults.rates.forged))
    agenda.enter(world.startAt + dice.next() * unwellMs, { kind: 'forge', subject });
}

const auditFrom = (world: World, subject: Subject, at: Instant, everyMs: number) =>
  world.agenda.enter((Math.floor(at / everyMs) + 1) * everyMs, { kind: 'audit', subject, everyMs });

/**
 * The audit of objects compares what Stripe has with what is known here, whatever events came: once a day who owes, and
 * every ten minutes who is restricted. It finds what no event ever told.
 */
function audit(world: World, entry: Extract<Entry, { kind: 'audit' }>): void {
  const { now, faults, agenda } = world;
  const { subject, everyMs } = entry;
  const owes = subject.truth.debts.some(({ overdueAt, paidAt }) => overdueAt <= now && now < paidAt);
  const differs = owes ? everyMs === DAY_MS && subject.run === null : everyMs < DAY_MS && isOff(subject, now);
  const isFound = differs && isUp(faults, now);
  if (isFound) signal(world, subject, owes ? 'paymentFailed' : 'billingChanged');
  const isOver = everyMs === DAY_MS ? !owes : owes || (!isInTrouble(subject) && subject.run === null);
  if (isOver || subject.saved?.stage === 'decommissioned') return;
  // A difference that stays for hours is looked at less often, only that a simulation does not consist of nothing else.
  const nextMs = everyMs < DAY_MS && isFound ? Math.min(everyMs * 2, 12 * HOUR_MS) : everyMs;
  if (nextMs !== everyMs) agenda.enter(now + nextMs, { kind: 'audit', subject, everyMs: nextMs });
  // Nine of ten things that happen are these.
  else if (everyMs === sweepMs) agenda.enterLast(now + sweepMs, entry);
  else agenda.enter(now + everyMs, entry);
}

const isUp = ({ spells }: World['faults'], now: Instant) =>
  spanAt(spells.stripeDown, now) === null && spanAt(spells.workersDown, now) === null;

const isOff = (subject: Subject, now: Instant) =>
  isInTrouble(subject) && !(subject.saved?.ended === true && isWithin(subject.truth.ended, now));

/** Lets everything happen, until the end of the world or the last thing on its agenda. */
export function runWorld(world: World): World {
  const { agenda, endAt } = world;
  for (let next = agenda.next(); next !== null && next.at < endAt; next = agenda.next()) {
    world.now = next.at;
    happen(world, next.what);
  }
  world.now = endAt;
  return world;
}

function happen(world: World, entry: Entry): void {
  switch (entry.kind) {
    case 'deliver':
      return deliver(world, entry.event, entry.tries);
    case 'fetch':
      return fetchMissed(world, entry.event);
    case 'forge':
      return forge(world, entry.subject);
    case 'dispatch':
      return dispatch(world, entry.subject);
    case 'wake':
      return wake(world, entry.subject, entry.token);
    case 'act':
      return resumeAct(world, entry.subject, entry.attempt);
    case 'wish':
      return order(world, entry.subject, entry.wish);
    case 'audit':
      return audit(world, entry);
    case 'revive':
      return revive(world, entry.subject);
    case 'release':
      return release(world.breakers, entry.breaker, world.dice.whole(5, 60), world.now);
  }
}
