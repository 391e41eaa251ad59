import type { CaseFile } from '../../src/domain/case-file.js';
import type { Act, Outcome } from '../../src/domain/effect.js';
import { asCaseId, asPolicyVersion, type CaseId } from '../../src/domain/ids.js';
import { MINUTE_MS, SECOND_MS, type Instant } from '../../src/domain/time.js';
import type { Tracks } from '../../src/domain/witness.js';
import type { Life } from '../../workflows/life.js';
import type { Mailbox, Message } from '../../workflows/mailbox.js';
import { beginAct, stepAct } from './acts.js';
import { endOf } from './faults.js';
import { endWithCase, keepOrder } from './ledger.js';
import { readStripe } from './reading.js';
import { nextSweep } from './sweeping.js';
import { isWithin } from './truth.js';
import { strikes, type Attempt, type Run, type Subject, type World } from './world.js';

/*
 * The workflow's loop, without Temporal: it looks, decides, acts, keeps, and sleeps in the same order and by the same
 * functions as `workflows/delinquent-account.ts`, on the agenda of the world instead of promises.
 */

const policyVersion = asPolicyVersion('v1');

const newRun = (): Run => ({
  life: null,
  isKnown: true,
  seen: null,
  mustRead: false,
  acting: null,
  token: 0,
  clock: -Infinity,
  reading: null,
  lookTries: 0,
  stillTurns: 0,
  turnedAt: -Infinity,
});

/** The timer of a run is over. */
export function wake(world: World, subject: Subject, token: number): void {
  const { run } = subject;
  if (run === null || run.token !== token || run.acting !== null) return;
  const upAt = endOf(world.faults.spells.workersDown, world.now);
  if (upAt > world.now) wakeAt(world, subject, run, upAt);
  else goOn(world, subject, run);
}

/** A message waits, or the account is to be looked at: its run goes on, or a new one begins. */
export function wakeSoon(world: World, subject: Subject): void {
  subject.run ??= newRun();
  const { acting } = subject.run;
  if (acting === null) wakeAt(world, subject, subject.run, world.now + 50);
  // What is under way hears of it with its next heartbeat.
  else world.agenda.enter(world.now + 2 * SECOND_MS, { kind: 'act', subject, attempt: acting });
}

function wakeAt(world: World, subject: Subject, run: Run, at: Instant): void {
  run.token += 1;
  const wokenAt = endOf(world.faults.spells.workersDown, at);
  world.agenda.enter(wokenAt, { kind: 'wake', subject, token: run.token });
}

/** The case's clock: it may be ahead or behind, and never goes back. */
function clockOf({ now, faults }: World, run: Run): Instant {
  const { skewed } = faults.spells;
  const shown = skewed !== null && isWithin(skewed, now) ? now + skewed.caseMs : now;
  run.clock = Math.max(run.clock, shown);
  return run.clock;
}

const nothing = () => undefined;
const none = () => [];

const viewOf = (messages: readonly Message[]): Mailbox => ({
  put: nothing,
  drain: none,
  waiting: messages.length > 0,
  ordered: messages.some(({ kind }) => kind === 'order'),
  contained: messages.some((m) => m.kind === 'order' && m.request.kind === 'restrict'),
  pressing: messages.some(({ kind }) => kind === 'order' || kind === 'payment'),
});

// More turns in a minute than a whole life needs is a loop that doesn't end.
const mostTurns = 80;

/** Whether the run goes round without any time passing. */
function isStuck({ now }: World, subject: Subject, run: Run): boolean {
  if (now - run.turnedAt > MINUTE_MS) {
    run.turnedAt = now;
    run.stillTurns = 0;
  }
  run.stillTurns += 1;
  if (run.stillTurns <= mostTurns) return false;
  const { act = null, wakeAt: until, file } = run.life ?? {};
  const text = JSON.stringify({ act, until, hold: file?.hold, manual: file?.manual });
  subject.marks.push({ kind: 'found', at: now, what: 'livelock', text });
  subject.run = null;
  subject.mailbox.length = 0;
  return true;
}

/** One round of the loop after another, until it sleeps, acts, or is over. */
function goOn(world: World, subject: Subject, run: Run): void {
  const { core } = world;
  for (;;) {
    if (subject.run !== run || isStuck(world, subject, run)) return;
    const messages = subject.mailbox.splice(0);
    const clock = clockOf(world, run);
    run.mustRead = !run.isKnown || core.mustLook(run.life, messages, clock);
    if (run.mustRead && !look(world, subject, run, messages, clock)) return;
    if (!run.mustRead) run.seen = null;
    if (run.life === null) run.life = beginLife(world, subject);
    const { life, answers } = core.takeIn(core.catchUp(run.life, run.seen, clock), messages, clock);
    run.life = tell(world, subject, core.decide(life, run.seen, clock));
    noteLook(world, subject, run, life.file, clock);
    // People decide by their own links here, so every decision counts.
    answers.forEach((say) => say([]));
    run.isKnown = true;
    if (!act(world, subject, run)) return;
    if (!goesRound(world, subject, run)) return;
  }
}

/** Whether the loop turns at once; else it is over, or sleeps. */
function goesRound(world: World, subject: Subject, run: Run): boolean {
  const { life } = run;
  if (life === null) return true;
  run.isKnown &&= !run.mustRead || (run.seen !== null && run.seen.standing !== null);
  if (life.file.closedAt !== null) {
    run.life = null;
    if (subject.mailbox.length > 0) return true;
    subject.run = null;
    return false;
  }
  if (life.act !== null || !run.isKnown || subject.mailbox.length > 0) return true;
  // A timer runs for as long as its own clock says.
  wakeAt(world, subject, run, world.now + Math.max(1, life.wakeAt - run.clock));
  return false;
}

function caseIdOf({ run, saved }: Subject): CaseId | null {
  const life = run?.life ?? null;
  if (life !== null) return life.file.id;
  return saved !== null && saved.closedAt === null ? saved.id : null;
}

/** Reads what the loop has to know. `false`: Stripe does not answer, and it is asked again later. */
function look(world: World, subject: Subject, run: Run, messages: Message[], clock: Instant): boolean {
  const reading = readStripe(world, subject);
  const tracks = tracksFor(world, subject);
  if (reading !== null) {
    run.lookTries = 0;
    run.seen = { standing: reading.standing, tracks, beginning: null };
    subject.known = reading.standing;
    run.reading = reading;
    return true;
  }
  const mailbox = viewOf(messages);
  const { life } = run;
  if (life === null || life.standing === null) {
    if (mailbox.contained) {
      run.seen = { standing: null, tracks, beginning: null };
      return true;
    }
  } else if (mailbox.ordered || world.core.givesBackAt(life.file) <= clock) {
    run.seen = null;
    return true;
  }
  subject.mailbox.unshift(...messages);
  run.lookTries += 1;
  // The first waits are the real ones; later ones longer, for an outage of hours would be most of a simulation.
  wakeAt(world, subject, run, world.now + Math.min(SECOND_MS * 2 ** run.lookTries, 10 * MINUTE_MS));
  return false;
}

function tracksFor({ core }: World, subject: Subject): Tracks {
  const { ledger, resources } = subject;
  const caseId = caseIdOf(subject);
  const effects = [];
  for (const { act, caseId: of, settledAt, outcome } of ledger.effects) {
    if (of !== caseId) continue;
    const notice = outcome?.status === 'done' ? noticeIn(act, outcome.at) : null;
    effects.push({ step: act.step, round: act.round, settled: settledAt !== null, notice });
  }
  const { restrictions, exemption, immunity, forgiven, fallback } = ledger;
  const kept = { restrictions, exemption, immunity, forgiven, fallback, granted: false };
  const tracks = core.tracksOf(effects, kept);
  // Spelt out, so that all have one shape; `Required`, so that none is forgotten.
  const whole: Required<Tracks> = {
    rounds: tracks.rounds,
    unsettled: tracks.unsettled,
    lastNotice: tracks.lastNotice,
    restrictions: tracks.restrictions,
    resourcesOff: resources.some((resource) => resource.kept !== null),
    exemption: tracks.exemption,
    immunity: tracks.immunity,
    forgiven: tracks.forgiven,
    granted: tracks.granted,
    fallback: tracks.fallback,
    undelivered: [],
    reachable: false,
  };
  return whole;
}

const noticeIn = (act: Act, at: Instant) =>
  act.step === 'remind' ? { topic: act.topic, promises: act.promises, at } : null;

/** The case that stands open, also when an earlier run of it was ended by force; else a new one. */
function beginLife({ core }: World, subject: Subject): Life {
  const { saved, policy, id } = subject;
  const isOpen = saved !== null && saved.closedAt === null;
  const undecided = (file: CaseFile): Life => ({
    file,
    policy,
    account: { ref: id, name: id },
    act: null,
    wakeAt: 0,
    next: null,
    standing: null,
    orders: [],
    verdicts: [],
  });
  if (isOpen) return undecided(saved);
  const caseId = asCaseId(`${subject.index}.${(subject.caseCount += 1)}`);
  const file = {
    ...core.newCaseFile(caseId, subject.id, policyVersion),
    agreement: saved?.agreement ?? null,
  };
  return undecided(file);
}

/** Keeps what the case says of itself, and people's orders. */
function tell({ core, now }: World, subject: Subject, life: Life): Life {
  const { file, orders } = life;
  for (const order of orders) keepOrder(core, subject.ledger, order);
  if (file.openedAt !== null) subject.saved = file;
  if (file.openedAt !== null && file.closedAt !== null) endWithCase(core, subject.ledger, file.id, now);
  subject.stages.add(file.stage);
  return orders.length === 0 ? life : { ...life, orders: [] };
}

function noteLook({ now }: World, subject: Subject, run: Run, before: CaseFile, clock: Instant): void {
  const { seen, reading, life } = run;
  const standing = seen?.standing ?? null;
  if (standing === null || reading === null || life === null) return;
  const { asOf, spoilt } = reading;
  subject.marks.push({ kind: 'look', at: now, clock, asOf, spoilt, before, after: life.file, act: life.act });
}

/** Performs what is due, act by act. `false`: one is under way, and the loop goes on when it is over. */
function act(world: World, subject: Subject, run: Run): boolean {
  const { core } = world;
  for (let { life } = run; life !== null && life.act !== null && run.isKnown; { life } = run) {
    if (isStuck(world, subject, run)) return false;
    if (core.mustWait(life.act, viewOf(subject.mailbox), run.seen)) return true;
    const attempt = beginAct(world, subject, life.file, life.act);
    const outcome = stepAct(world, subject, attempt);
    if (outcome === null) {
      run.acting = attempt;
      return false;
    }
    takeOutcome(world, subject, run, attempt.act, outcome);
    if (subject.run !== run) return false;
  }
  return true;
}

function takeOutcome(world: World, subject: Subject, run: Run, done: Act, outcome: Outcome): void {
  const { core, faults } = world;
  if (run.life === null) return;
  if (strikes(world, faults.rates.killed)) {
    // The run is ended by force before it has taken in what it did; its messages are lost with it.
    subject.run = null;
    subject.mailbox.length = 0;
    world.agenda.enter(nextSweep(world.now), { kind: 'revive', subject });
    subject.marks.push({ kind: 'found', at: world.now, what: 'unheard', text: done.step });
    return;
  }
  run.isKnown = servesOn(world, done, outcome);
  run.life = tell(world, subject, core.decideAfter(run.life, done, outcome, clockOf(world, run)));
}

/** As the workflow does since a brake needs no look; which of the two ways it goes, Temporal says. */
function servesOn({ core }: World, done: Act, outcome: Outcome): boolean {
  return core.metABrake(outcome) || core.servesOn(done, outcome);
}

/** An act that took its time goes on, or is over. */
export function resumeAct(world: World, subject: Subject, attempt: Attempt): void {
  const { run } = subject;
  const upAt = endOf(world.faults.spells.workersDown, world.now);
  if (attempt.isGhost) {
    if (upAt === world.now) stepAct(world, subject, attempt);
    return;
  }
  if (run?.acting !== attempt) return;
  if (upAt > world.now) {
    // Its worker died; the next one begins from the start.
    attempt.stage = 'read';
    world.agenda.enter(upAt, { kind: 'act', subject, attempt });
    return;
  }
  const outcome = stepAct(world, subject, attempt);
  if (outcome === null) return;
  run.acting = null;
  takeOutcome(world, subject, run, attempt.act, outcome);
  if (subject.run !== run) return;
  if (act(world, subject, run) && goesRound(world, subject, run)) goOn(world, subject, run);
}
