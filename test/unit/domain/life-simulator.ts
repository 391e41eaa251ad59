import { advance } from '../../../src/domain/advance.js';
import type { Facts, Turn } from '../../../src/domain/turn.js';
import type { CaseFile } from '../../../src/domain/case-file.js';
import type { Act, HoldReason, Outcome } from '../../../src/domain/effect.js';
import { asCaseId } from '../../../src/domain/ids.js';
import { judge } from '../../../src/domain/judge.js';
import { takeOrder, type OrderRequest } from '../../../src/domain/orders.js';
import { record } from '../../../src/domain/record.js';
import { MINUTE_MS, type Instant } from '../../../src/domain/time.js';
import { caseFileOf, frozen } from '../../support/facts.js';
import {
  claim,
  effectOf,
  keepOrder,
  newLedger,
  readTracks,
  rule,
  settle,
  type Circumstances,
  type Ledger,
} from './life-ledger.js';
import { awake, isWithin, nextMessage, standingAt, within, type Fault, type Timeline } from './life-world.js';
import { requestFor } from './life-wishes.js';

export type Performed = {
  readonly at: Instant;
  readonly claimedAt: Instant;
  readonly act: Act;
  readonly outcome: Outcome;
  /** Whether it was claimed, so that something may have happened. */
  readonly granted: boolean;
  /** It was settled before: nothing is done. */
  readonly isRepeat: boolean;
  readonly before: CaseFile;
  /** Whether access is worth less since it was claimed. */
  readonly fell: boolean;
  /** How many sleeps came before it. */
  readonly wake: number;
};

export type Look = {
  readonly at: Instant;
  readonly facts: Facts;
  readonly before: CaseFile;
  readonly turn: Turn;
};

/** What a person asked for, and what was wrong with it. */
export type Ordered = {
  readonly at: Instant;
  readonly request: OrderRequest;
  readonly refusal: string | null;
  readonly after: CaseFile;
};

export type Life = {
  readonly file: CaseFile;
  readonly performed: readonly Performed[];
  readonly looks: readonly Look[];
  readonly ordered: readonly Ordered[];
  readonly endedAt: Instant;
  /** What stands in the end, whatever the file says. */
  readonly ledger: Ledger;
};

/** What is decided purely. A decoy replaces a part of it by something that is wrong. */
export type Mind = {
  readonly advance: typeof advance;
  readonly judge: typeof judge;
  readonly record: typeof record;
};
export const soundMind: Mind = { advance, judge, record };

type State = {
  readonly timeline: Timeline;
  readonly mind: Mind;
  readonly ledger: Ledger;
  readonly performed: Performed[];
  readonly looks: Look[];
  readonly ordered: Ordered[];
  readonly met: Map<Act['step'], number>;
  readonly wishes: { at: Instant; order: (file: CaseFile) => OrderRequest | null }[];
  now: Instant;
  file: CaseFile;
  /** What the projection holds, from which a new run begins. */
  saved: CaseFile;
  known: Facts | null;
  wake: number;
  recent: Instant[];
  cases: number;
};

/** Lives one case: the workflow's loop and the guard's claims, with nothing of either but what is decided purely. */
export function live(timeline: Timeline, mind: Mind = soundMind): Life {
  const state = begin(timeline, mind);
  while (state.now < timeline.endAt && state.file.closedAt === null) {
    takeWishes(state);
    const turn = look(state);
    if (turn.act === null) sleep(state, turn);
    else perform(state, turn.act);
  }
  const { file, performed, looks, ordered, now, ledger } = state;
  return { file, performed, looks, ordered, endedAt: now, ledger };
}

function begin(timeline: Timeline, mind: Mind): State {
  const file = caseFileOf();
  const wishes = timeline.wishes.map((wish) => ({ at: wish.at, order: requestFor(wish, timeline) }));
  return {
    timeline,
    mind,
    ledger: newLedger(),
    performed: [],
    looks: [],
    ordered: [],
    met: new Map(),
    wishes: wishes.sort((a, b) => a.at - b.at),
    now: awake(timeline.outages, timeline.startAt),
    file,
    saved: file,
    known: null,
    wake: 0,
    recent: [],
    cases: 1,
  };
}

function takeWishes(state: State): void {
  const { timeline, now, wishes } = state;
  while ((wishes[0]?.at ?? Infinity) <= now) {
    const request = wishes.shift()?.order(state.file) ?? null;
    if (request === null) continue;
    const context = { policy: timeline.policy, standing: standingAt(timeline, now), now };
    const { file, record: kept, refusal } = takeOrder(frozen(state.file), request, context);
    state.file = file;
    if (kept !== null) keepOrder(state.ledger, kept);
    state.ordered.push({ at: now, request, refusal, after: file });
    state.known = null;
  }
}

/** As the workflow does it: what was read serves until something was not simply done. */
function look(state: State): Turn {
  const { timeline, ledger, now, mind } = state;
  const isFresh = state.known === null;
  const facts: Facts = frozen(
    state.known ?? {
      standing: standingAt(timeline, now, now + timeline.clockLeadMs),
      policy: timeline.policy,
      tracks: readTracks(ledger, state.file.id, isWithin(timeline.granted, now)),
    },
  );
  const before = frozen(state.file);
  const turn = mind.advance(before, facts, now);
  state.looks.push({ at: now, facts, before, turn });
  state.file = turn.file;
  // What was decided is told before it is done.
  if (isFresh) state.saved = turn.file;
  state.known = facts;
  boundEffort(state);
  return turn;
}

// More looks in a minute than a whole life needs is a loop that doesn't end.
const mostLooks = 80;

function boundEffort(state: State): void {
  const { now } = state;
  state.recent = [...state.recent.filter((at) => at > now - MINUTE_MS), now];
  if (state.recent.length <= mostLooks) return;
  const { act, wakeAt, file } = state.looks.at(-1)?.turn ?? {};
  throw new Error(
    `livelock at ${now}: ${JSON.stringify({ act, wakeAt, hold: file?.hold, manual: file?.manual })}`,
  );
}

function sleep(state: State, { wakeAt, file }: Turn): void {
  const { timeline, now } = state;
  state.saved = file;
  if (file.closedAt !== null) return;
  const wishAt = state.wishes[0]?.at ?? Infinity;
  const next = Math.min(wakeAt, nextMessage(timeline, now), wishAt);
  state.now = awake(timeline.outages, Math.max(now + 1, next));
  state.known = null;
  state.wake += 1;
}

function perform(state: State, act: Act): void {
  const { timeline, mind, file, performed, ledger } = state;
  const at = state.now;
  const worth = ledger.fallback;
  const tried = tryOut(state, act);
  performed.push({
    isRepeat: false,
    fell: worth === null && ledger.fallback !== null,
    ...tried,
    at,
    claimedAt: at + timeline.clockLeadMs,
    act,
    before: file,
    wake: state.wake,
  });
  const count = performed.length - 1;
  state.now += 1;
  if (timeline.lostAfter.includes(count))
    return startOver(state, caseFileOf({ id: asCaseId(`case-${++state.cases}`) }));
  if (timeline.killedAfter.includes(count)) return startOver(state, state.saved);
  state.file = mind.record(frozen(file), act, tried.outcome, timeline.policy, state.now - 1);
  const isSimplyDone = tried.outcome.status === 'done';
  // Whoever writes while an act is under way is heard when it is over, as by the workflow's mailbox.
  const wasHeard = nextMessage(timeline, at) <= state.now;
  state.known = isSimplyDone && !wasHeard && state.known !== null ? { ...state.known, tracks: null } : null;
}

function startOver(state: State, file: CaseFile): void {
  state.file = file;
  state.known = null;
  state.wake += 1;
}

type Tried = Pick<Performed, 'outcome' | 'granted'> & Partial<Pick<Performed, 'isRepeat'>>;

function tryOut(state: State, act: Act): Tried {
  const { timeline, ledger, file, mind } = state;
  const settled = effectOf(ledger, file, act)?.outcome ?? null;
  if (settled !== null) return { outcome: settled, granted: false, isRepeat: true };
  const now = state.now + timeline.clockLeadMs;
  // The activity looks before it claims: a date that is over can't be named any more.
  if (act.step === 'remind' && act.promises.some(({ at }) => at <= now))
    return { outcome: { status: 'held', reason: 'promise_outdated', until: now }, granted: false };
  const standing = standingAt(timeline, state.now, now);
  const isFrozen = within(timeline.frozen, state.now) !== undefined;
  const granted = isWithin(timeline.granted, state.now);
  const circumstances = { standing, policy: timeline.policy, now, frozen: isFrozen, granted };
  const ruling = rule(ledger, file, act, circumstances, mind.judge);
  if (ruling.ruling === 'void') return { outcome: { status: 'not_owed' }, granted: false };
  if (ruling.ruling === 'hold')
    return { outcome: { status: 'held', reason: ruling.reason, until: ruling.until }, granted: false };
  const fault = nextFault(state, act);
  if (fault === 'not_begun')
    return { outcome: { status: 'held', reason: 'no_recipient', until: null }, granted: false };
  return { outcome: carryOut(state, act, fault, circumstances), granted: true };
}

function nextFault({ timeline, met }: State, { step }: Act): Fault {
  const count = met.get(step) ?? 0;
  met.set(step, count + 1);
  return timeline.faults[step]?.[count] ?? 'done';
}

function carryOut(state: State, act: Act, fault: Fault, circumstances: Circumstances): Outcome {
  const { timeline, ledger, file } = state;
  claim(ledger, file, act, circumstances);
  if (fault === 'plan_changed' && act.step === 'decommission')
    return { status: 'held', reason: 'plan_changed', until: null };
  state.now += timeline.effectMs;
  if (fault === 'failed') return { status: 'failed', code: 'TARGET_REFUSED' };
  if (fault === 'unreachable') return { status: 'failed', code: 'MAIL_UNAVAILABLE' };
  if (fault === 'interrupted') return { status: 'interrupted' };
  const outcome = settle(ledger, file, act, {
    at: state.now + timeline.clockLeadMs,
    policy: timeline.policy,
    ...(fault === 'untold' && act.step !== 'remind' && { untold: true as const }),
    ...(fault === 'caveat' && { caveat: 'web-2 has vanished' }),
  });
  if (outcome.approval !== undefined) expectDecision(state, ledger.approvals.size);
  return outcome;
}

/** People decide on a request some time after it, or never. */
function expectDecision({ timeline, wishes, now }: State, count: number): void {
  const decision = timeline.decisions[count - 1];
  if (decision === undefined || decision.kind === 'silence') return;
  const { kind, afterMs } = decision;
  wishes.push({
    at: now + afterMs,
    order: ({ approval }) => ({
      id: `decision-${count}`,
      by: 'bob',
      reason: 'looked at',
      kind,
      plan: approval?.id ?? 'none',
    }),
  });
  wishes.sort((a, b) => a.at - b.at);
}

/** A word that a held effect gave as its reason, or `null`. */
export const heldFor = ({ outcome }: Performed): HoldReason | null =>
  outcome.status === 'held' ? outcome.reason : null;
