import { advance, type Facts, type Tracks, type Turn } from '../../../src/domain/advance.js';
import type { CaseFile } from '../../../src/domain/case-file.js';
import type { Act, HoldReason, Outcome, Step } from '../../../src/domain/effect.js';
import { extend } from '../../../src/domain/extend.js';
import { asInvoiceId } from '../../../src/domain/ids.js';
import { judge, type Evidence } from '../../../src/domain/judge.js';
import type { Policy } from '../../../src/domain/policy.js';
import { record } from '../../../src/domain/record.js';
import type { InvoiceFact, Standing, SubscriptionState } from '../../../src/domain/standing.js';
import type { Instant } from '../../../src/domain/time.js';
import { caseFileOf, frozen, subscriptionId } from '../../support/facts.js';

/** From one instant until before another. */
export type Span = { readonly from: Instant; readonly to: Instant };

export type Debt = {
  readonly overdueAt: Instant;
  readonly paidAt: Instant;
  readonly currency: 'usd' | 'eur';
  readonly amountMinor: number;
  /** How long before `paidAt` the payment was on its way. */
  readonly processingMs: number;
};

/** What a granted effect meets in the world. Where the list of its step ends, everything is done. */
export type Fault = 'done' | 'failed' | 'interrupted' | 'not_begun';

/** All that happens to one account, whatever is decided about it. */
export type Timeline = {
  readonly policy: Policy;
  readonly startAt: Instant;
  readonly endAt: Instant;
  readonly debts: readonly Debt[];
  /** Nobody at home: neither timers nor messages are taken up. */
  readonly outages: readonly Span[];
  /** Stripe's lists are cut short. */
  readonly blind: readonly Span[];
  readonly frozen: readonly Span[];
  readonly subscriptionEndedAt: Instant;
  readonly extensions: readonly { readonly at: Instant; readonly days: number }[];
  readonly faults: Readonly<Partial<Record<Step, readonly Fault[]>>>;
  /** How far the claim's clock is ahead of the workflow's. */
  readonly clockLeadMs: number;
  /** How long each effect takes. */
  readonly effectMs: number;
  /** Whether payments are heard of, or only seen at the next look. */
  readonly heard: boolean;
  /** After which acts (counted from 0) the run is ended by force, before it took in the outcome. */
  readonly killedAfter: readonly number[];
};

export type Performed = {
  readonly at: Instant;
  readonly claimedAt: Instant;
  readonly act: Act;
  readonly outcome: Outcome;
  readonly granted: boolean;
  /** It was settled before: nothing is done. */
  readonly isRepeat: boolean;
  readonly before: CaseFile;
  readonly facts: Facts;
  /** How many sleeps came before it. */
  readonly wake: number;
};

export type Look = {
  readonly at: Instant;
  readonly facts: Facts;
  readonly before: CaseFile;
  readonly turn: Turn;
};

export type Life = {
  readonly file: CaseFile;
  readonly performed: readonly Performed[];
  readonly looks: readonly Look[];
  readonly endedAt: Instant;
  /** What stands in the end, whatever the file says. */
  readonly access: readonly string[];
  readonly resourcesOff: boolean;
};

const within = (spans: readonly Span[], at: Instant) => spans.find((s) => s.from <= at && at < s.to);

/** What Stripe would say at `at`. */
export function standingAt(
  { debts, blind, subscriptionEndedAt }: Timeline,
  at: Instant,
  readAt = at,
): Standing {
  const state: SubscriptionState = at >= subscriptionEndedAt ? 'ended' : 'live';
  const invoices = debts.flatMap((debt, index): InvoiceFact[] => {
    // An invoice is open for a day before it becomes overdue.
    const isOpen = debt.overdueAt - 86_400_000 <= at && at < debt.paidAt;
    if (!isOpen) return [];
    return [
      {
        id: asInvoiceId(`in_${index}`),
        number: null,
        subscription: subscriptionId,
        currency: debt.currency,
        remainingMinor: debt.amountMinor,
        collection: 'sent',
        attempted: false,
        dueAt: debt.overdueAt,
        firstFailedAt: null,
        finalizedAt: debt.overdueAt - 86_400_000,
        processing: at >= debt.paidAt - debt.processingMs,
        payUrl: null,
      },
    ];
  });
  return {
    readAt,
    complete: within(blind, at) === undefined,
    subscriptions: [{ id: subscriptionId, state }],
    invoices,
  };
}

type Settled = { readonly outcome: Outcome };
type NoticeRow = { readonly promisedAt: Instant; readonly acceptedAt: Instant };

// More acts at one wake than a whole life needs is a loop that doesn't end.
const mostActsAWake = 40;

/** Lives one case: the workflow's loop and the guard's claims, with nothing of either but what is decided purely. */
export function live(timeline: Timeline): Life {
  const { policy, clockLeadMs, effectMs } = timeline;
  const effects = new Map<string, Settled | 'claimed'>();
  const notices: NoticeRow[] = [];
  const met: Record<Step, number> = { remind: 0, pause: 0, lift: 0, close: 0 };
  const performed: Performed[] = [];
  const looks: Look[] = [];
  const extensions = [...timeline.extensions].sort((a, b) => a.at - b.at);
  const access = new Map<'nonpayment' | 'ended', 'grace_period' | 'suspended'>();
  let resourcesOff = false;
  let liftedAt: Instant | null = null;
  let now = awake(timeline, timeline.startAt);
  let file = caseFileOf();
  // What the projection holds, from which a new run begins.
  let saved = file;
  let known: Facts | null = null;
  let wake = 0;
  let taken = 0;
  let actsThisWake = 0;

  const lastWarning = (): Evidence['notice'] => {
    const last = notices.at(-1);
    const first = notices.find((n) => n.promisedAt === last?.promisedAt);
    return last === undefined || first === undefined ? null : { ...last, acceptedAt: first.acceptedAt };
  };

  /** What a claim changes at once, as the activities order it. */
  const claimed = (act: Act, at: Instant): void => {
    switch (act.step) {
      case 'remind':
        if (!access.has('nonpayment')) access.set('nonpayment', 'grace_period');
        return;
      case 'pause':
        access.set('nonpayment', 'suspended');
        resourcesOff = true;
        return;
      case 'lift':
        liftedAt = at;
        access.delete(act.from);
        if (act.leaves === 'ended') access.set('ended', 'suspended');
        return;
      case 'close':
        liftedAt = at;
        access.delete('nonpayment');
    }
  };

  const tracks = (): Tracks => {
    const settled = [...effects].filter(([, state]) => state !== 'claimed').map(([name]) => name.split('/'));
    const newest = (step: Step) =>
      Math.max(0, ...settled.filter(([s]) => s === step).map(([, round]) => Number(round)));
    return {
      rounds: {
        remind: newest('remind'),
        pause: newest('pause'),
        lift: newest('lift'),
        close: newest('close'),
      },
      restrictions: [...access].map(([reason, level]) => ({ reason, access: level })),
      resourcesOff,
    };
  };

  const perform = (act: Act): { outcome: Outcome; granted: boolean; isRepeat?: boolean } => {
    const key = `${act.step}/${act.round}`;
    const known = effects.get(key);
    if (known !== undefined && known !== 'claimed')
      return { outcome: known.outcome, granted: false, isRepeat: true };
    const claimedAt = now + clockLeadMs;
    const judgement = judge({
      step: act.step,
      now: claimedAt,
      mode: 'enforce',
      frozen: within(timeline.frozen, now) !== undefined,
      standing: act.step === 'lift' ? null : standingAt(timeline, now, claimedAt),
      policy,
      notice: lastWarning(),
      liftedAt,
    });
    if (judgement.ruling === 'void') return { outcome: { status: 'not_owed' }, granted: false };
    if (judgement.ruling === 'hold') {
      return {
        outcome: { status: 'held', reason: judgement.reason, until: judgement.until },
        granted: false,
      };
    }
    const fault = timeline.faults[act.step]?.[met[act.step]++] ?? 'done';
    if (fault === 'not_begun')
      return { outcome: { status: 'held', reason: 'no_recipient', until: null }, granted: false };
    effects.set(key, 'claimed');
    claimed(act, claimedAt);
    now += effectMs;
    if (fault === 'failed') return { outcome: { status: 'failed', code: 'TARGET_REFUSED' }, granted: true };
    if (fault === 'interrupted') return { outcome: { status: 'interrupted' }, granted: true };
    const outcome: Outcome = { status: 'done', at: now + clockLeadMs };
    effects.set(key, { outcome });
    if (act.step === 'remind' && act.promise !== null) {
      notices.push({ promisedAt: act.promise.at, acceptedAt: outcome.at });
    }
    if (act.step === 'lift' || act.step === 'close') {
      liftedAt = outcome.at;
      if (act.step === 'lift' && act.leaves === 'nothing') resourcesOff = false;
      for (const [name, state] of effects) {
        if (state === 'claimed') effects.set(name, { outcome: { status: 'interrupted' } });
      }
    }
    return { outcome, granted: true };
  };

  const unsettledPause = () => {
    const name = [...effects].find(([key, state]) => key.startsWith('pause/') && state === 'claimed')?.[0];
    return name === undefined ? null : Number(name.slice('pause/'.length));
  };

  while (now < timeline.endAt && file.closedAt === null) {
    for (; (extensions[taken]?.at ?? Infinity) <= now; taken += 1) {
      const { days = 0 } = extensions[taken] ?? {};
      file = extend(file, policy, { id: `extension-${taken}`, days, reason: 'asked for', by: 'test' }, now);
    }
    // As the workflow does it: what was read serves until something was not simply done.
    const facts: Facts = frozen(
      known ?? {
        standing: standingAt(timeline, now, now + clockLeadMs),
        policy,
        unsettledPause: unsettledPause(),
        tracks: tracks(),
      },
    );
    known = null;
    const at = now;
    const before = frozen(file);
    const turn = advance(before, facts, at);
    looks.push({ at, facts, before, turn });
    file = turn.file;
    if (turn.act === null) {
      saved = file;
      if (file.closedAt !== null) break;
      now = awake(timeline, Math.max(at + 1, Math.min(turn.wakeAt, nextMessage(timeline, at))));
      wake += 1;
      actsThisWake = 0;
      continue;
    }
    actsThisWake += 1;
    if (actsThisWake > mostActsAWake) throw new Error(`livelock at ${now}: ${JSON.stringify(turn.act)}`);
    const { outcome, granted, isRepeat = false } = perform(turn.act);
    performed.push({
      at,
      claimedAt: at + clockLeadMs,
      act: turn.act,
      outcome,
      granted,
      isRepeat,
      before: file,
      facts,
      wake,
    });
    if (timeline.killedAfter.includes(performed.length - 1)) {
      file = saved;
      wake += 1;
      now += 1;
      continue;
    }
    file = record(frozen(file), turn.act, outcome, policy, now);
    if (outcome.status === 'done') known = { ...facts, unsettledPause: null, tracks: null };
    now += 1;
  }
  return { file, performed, looks, endedAt: now, access: [...access.values()], resourcesOff };
}

/** The first moment from `at` on that is in no outage. */
function awake({ outages }: Timeline, at: Instant): Instant {
  const outage = within(outages, at);
  return outage === undefined ? at : awake({ outages } as Timeline, outage.to);
}

function nextMessage({ debts, extensions, heard }: Timeline, after: Instant): Instant {
  const events = heard ? debts.flatMap((d) => [d.overdueAt, d.paidAt]) : debts.map((d) => d.overdueAt);
  return Math.min(...[...events, ...extensions.map((e) => e.at)].filter((at) => at > after), Infinity);
}

/** A word that a held effect gave as its reason, or `null`. */
export const heldFor = ({ outcome }: Performed): HoldReason | null =>
  outcome.status === 'held' ? outcome.reason : null;
