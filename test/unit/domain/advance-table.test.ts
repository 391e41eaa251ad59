import { describe, expect, it } from 'vitest';
import { advance, type Facts, type Tracks } from '../../../src/domain/advance.js';
import type { CaseFile, Hold } from '../../../src/domain/case-file.js';
import type { Act, HoldReason } from '../../../src/domain/effect.js';
import type { SubscriptionState, Verdict } from '../../../src/domain/standing.js';
import { HOUR_MS, type Instant } from '../../../src/domain/time.js';
import {
  caseFileOf,
  day,
  factsOf,
  frozen,
  membersOf,
  openCase,
  pausedCase,
  product,
  remindedCase,
  samplePolicy,
  standingThatIs,
} from '../../support/facts.js';

const holdWords = membersOf<Hold['reason']>({
  standing_unclear: true,
  standing_stale: true,
  payment_in_flight: true,
  observing: true,
  frozen: true,
  notice_missing: true,
  notice_too_recent: true,
  no_recipient: true,
  promise_outdated: true,
  failed: true,
} satisfies Record<HoldReason | 'failed', true>);

const verdicts = membersOf<Verdict>({ owing: true, in_flight: true, clear: true, unclear: true });

const ended = { state: 'ended' as SubscriptionState };
type Case = {
  readonly file: CaseFile;
  readonly now: Instant;
  readonly state?: SubscriptionState;
  readonly unsettledPause?: number;
  readonly tracks?: Tracks;
};

const noTracks: Tracks = {
  rounds: { remind: 0, pause: 0, lift: 0, close: 0 },
  restrictions: [],
  resourcesOff: false,
};
const suspendedFor = (reason: 'nonpayment' | 'ended'): Tracks => ({
  rounds: { remind: 4, pause: 1, lift: 0, close: 0 },
  restrictions: [{ reason, access: 'suspended' }],
  resourcesOff: true,
});

/** Where a case can stand when it looks at Stripe. */
const situations = {
  'nothing known yet': { file: caseFileOf(), now: day(0.5) },
  'debt known, first reminder not due': { file: openCase(), now: day(0.5) },
  'first reminder due': { file: openCase(), now: day(1) },
  'second reminder not due': { file: remindedCase(1), now: day(3.9) },
  'second reminder due': { file: remindedCase(1), now: day(4) },
  'second reminder on its day, its dwell not over': {
    file: remindedCase(1, { lastStepAt: day(3.5) }),
    now: day(4.4),
  },
  'all reminders sent, pause not due': { file: remindedCase(3), now: day(9.9) },
  'all reminders sent, pause due': { file: remindedCase(3), now: day(10) },
  'pause due, dwell not over': { file: remindedCase(3, { lastStepAt: day(9.5) }), now: day(10.4) },
  'pause due, told a later day': {
    file: remindedCase(3, { promise: { step: 'pause', at: day(11), acceptedAt: day(1) } }),
    now: day(10.9),
  },
  'pause due, lead not over': {
    file: remindedCase(3, { promise: { step: 'pause', at: day(10), acceptedAt: day(9) } }),
    now: day(10.9),
  },
  'pause due, never told': { file: remindedCase(3, { promise: null }), now: day(10) },
  'pause due, its day long past': { file: remindedCase(3), now: day(12.1) },
  'grace was extended past the told day': {
    file: remindedCase(3, { shiftMs: 3 * 24 * HOUR_MS }),
    now: day(9),
  },
  'pause half-way': {
    file: remindedCase(3, { pause: { round: 1, at: day(10), settled: false } }),
    now: day(10.1),
  },
  'pause half-way, known only from its claim': { file: remindedCase(3), now: day(10.1), unsettledPause: 1 },
  'paused, customer not told yet': { file: pausedCase({ owesNotice: 'paused' }), now: day(10.1) },
  'paused and told': { file: pausedCase(), now: day(11) },
  'paused, its subscription over': { file: pausedCase(), now: day(11), ...ended },
  'paid and off because its subscription is over': {
    file: pausedCase({ ended: true }),
    now: day(20),
    ...ended,
  },
  'off for an ended subscription, subscribed again': { file: pausedCase({ ended: true }), now: day(20) },
  'reminded, its subscription over': { file: remindedCase(3), now: day(9.9), ...ended },
  'lifted after a pause': { file: pausedCase({ pause: null, rung: 3, stage: 'reminded' }), now: day(11) },
  'lift failed, to be tried later': {
    file: pausedCase({ hold: { of: 'lift', reason: 'failed', since: day(11), until: day(11.1) } }),
    now: day(11.05),
  },
  'lift failed, to be tried now': {
    file: pausedCase({ hold: { of: 'lift', reason: 'failed', since: day(11), until: day(11.1) } }),
    now: day(11.1),
  },
  'nothing known, and nothing stands': { file: caseFileOf(), now: day(0.5), tracks: noTracks },
  'nothing known, but the account is suspended': {
    file: caseFileOf(),
    now: day(11),
    tracks: suspendedFor('nonpayment'),
  },
  'nothing known, but resources are off': {
    file: caseFileOf(),
    now: day(11),
    tracks: { ...noTracks, resourcesOff: true },
  },
  'nothing known, but a reminder left its restriction': {
    file: caseFileOf(),
    now: day(2),
    tracks: { ...noTracks, restrictions: [{ reason: 'nonpayment', access: 'grace_period' }] },
  },
  'a notice and its round forgotten': {
    file: openCase(),
    now: day(1.1),
    tracks: { ...noTracks, rounds: { ...noTracks.rounds, remind: 1 } },
  },
  'the pause forgotten': { file: remindedCase(3), now: day(11), tracks: suspendedFor('nonpayment') },
} satisfies Record<string, Case>;

type Situation = keyof typeof situations;
const names = Object.keys(situations) as Situation[];

type Expected =
  | 'wait'
  | 'close silently'
  | 'hold standing_unclear'
  | 'hold payment_in_flight'
  | `remind ${number} ${'reminder' | 'moved'} for day ${number}`
  | `remind ${number} paused`
  | `pause ${number}`
  | `lift ${number} from ${'nonpayment' | 'ended'} to ${'nothing' | 'ended'}`
  | `close ${number} ${'recovered' | 'paid_but_ended'}`;

const always = (expected: Expected): Record<Situation, Expected> =>
  Object.fromEntries(names.map((name) => [name, expected])) as Record<Situation, Expected>;

/** The decision table. Every situation stands in it under every verdict; one that is missing does not compile. */
const table: Record<Verdict, Record<Situation, Expected>> = {
  unclear: always('hold standing_unclear'),
  in_flight: always('hold payment_in_flight'),
  clear: {
    'nothing known yet': 'close silently',
    'debt known, first reminder not due': 'close silently',
    'first reminder due': 'close silently',
    'second reminder not due': 'close 1 recovered',
    'second reminder due': 'close 1 recovered',
    'second reminder on its day, its dwell not over': 'close 1 recovered',
    'all reminders sent, pause not due': 'close 1 recovered',
    'all reminders sent, pause due': 'close 1 recovered',
    'pause due, dwell not over': 'close 1 recovered',
    'pause due, told a later day': 'close 1 recovered',
    'pause due, lead not over': 'close 1 recovered',
    'pause due, never told': 'close 1 recovered',
    'pause due, its day long past': 'close 1 recovered',
    'grace was extended past the told day': 'close 1 recovered',
    'pause half-way': 'lift 1 from nonpayment to nothing',
    'pause half-way, known only from its claim': 'lift 1 from nonpayment to nothing',
    'paused, customer not told yet': 'lift 1 from nonpayment to nothing',
    'paused and told': 'lift 1 from nonpayment to nothing',
    'paused, its subscription over': 'lift 1 from nonpayment to ended',
    'paid and off because its subscription is over': 'wait',
    'off for an ended subscription, subscribed again': 'lift 1 from ended to nothing',
    'reminded, its subscription over': 'close 1 paid_but_ended',
    'lifted after a pause': 'close 1 recovered',
    'lift failed, to be tried later': 'wait',
    'lift failed, to be tried now': 'lift 1 from nonpayment to nothing',
    'nothing known, and nothing stands': 'close silently',
    'nothing known, but the account is suspended': 'lift 1 from nonpayment to nothing',
    'nothing known, but resources are off': 'lift 1 from nonpayment to nothing',
    'nothing known, but a reminder left its restriction': 'lift 1 from nonpayment to nothing',
    'a notice and its round forgotten': 'close 1 recovered',
    'the pause forgotten': 'lift 1 from nonpayment to nothing',
  },
  owing: {
    'nothing known yet': 'wait',
    'debt known, first reminder not due': 'wait',
    'first reminder due': 'remind 1 reminder for day 10',
    'second reminder not due': 'wait',
    'second reminder due': 'remind 2 reminder for day 10',
    'second reminder on its day, its dwell not over': 'wait',
    'all reminders sent, pause not due': 'wait',
    'all reminders sent, pause due': 'pause 1',
    'pause due, dwell not over': 'wait',
    'pause due, told a later day': 'wait',
    'pause due, lead not over': 'wait',
    'pause due, never told': 'remind 4 moved for day 12',
    'pause due, its day long past': 'remind 4 moved for day 14.1',
    'grace was extended past the told day': 'remind 4 moved for day 13',
    'pause half-way': 'pause 1',
    'pause half-way, known only from its claim': 'pause 1',
    'paused, customer not told yet': 'remind 5 paused',
    'paused and told': 'wait',
    'paused, its subscription over': 'wait',
    'paid and off because its subscription is over': 'wait',
    'off for an ended subscription, subscribed again': 'wait',
    'reminded, its subscription over': 'wait',
    'lifted after a pause': 'remind 5 moved for day 13',
    'lift failed, to be tried later': 'wait',
    'lift failed, to be tried now': 'lift 1 from nonpayment to nothing',
    'nothing known, and nothing stands': 'wait',
    'nothing known, but the account is suspended': 'wait',
    'nothing known, but resources are off': 'wait',
    'nothing known, but a reminder left its restriction': 'remind 1 reminder for day 10',
    'a notice and its round forgotten': 'remind 2 reminder for day 10',
    'the pause forgotten': 'wait',
  },
};

const factsIn = (verdict: Verdict, { now, state, unsettledPause, tracks }: Case): Facts =>
  frozen(
    factsOf(standingThatIs(verdict, now, state), {
      unsettledPause: unsettledPause ?? null,
      tracks: tracks ?? null,
    }),
  );

const decide = (verdict: Verdict, situation: Case) =>
  advance(frozen(situation.file), factsIn(verdict, situation), situation.now);

function inWords(verdict: Verdict, situation: Case): Expected {
  const { act, file } = decide(verdict, situation);
  if (act === null) {
    if (file.stage === 'closed') return 'close silently';
    const reason = file.hold?.reason;
    return reason === 'standing_unclear' || reason === 'payment_in_flight' ? `hold ${reason}` : 'wait';
  }
  switch (act.step) {
    case 'remind': {
      if (act.topic === 'paused') return `remind ${act.round} paused`;
      if (act.topic !== 'reminder' && act.topic !== 'moved') throw new Error(`${act.topic} is no warning`);
      const at = act.promise?.at ?? NaN;
      return `remind ${act.round} ${act.topic} for day ${Number(((at - day(0)) / (24 * HOUR_MS)).toFixed(3))}`;
    }
    case 'pause':
      return `pause ${act.round}`;
    case 'lift':
      return `lift ${act.round} from ${act.from} to ${act.leaves}`;
    case 'close':
      return `close ${act.round} ${act.topic}`;
  }
}

describe('advance: the decision table', () => {
  for (const verdict of verdicts) {
    it.each(names)(`decides, when the standing is ${verdict}: %s`, (name) => {
      expect(inWords(verdict, situations[name])).toBe(table[verdict][name]);
    });
  }

  it.each(verdicts)('changes nothing about a case that is closed, whatever the standing (%s)', (verdict) => {
    const file = remindedCase(3, { closedAt: day(9), stage: 'recovered' });
    expect(decide(verdict, { file, now: day(10) })).toEqual({ file, act: null, wakeAt: day(10), next: null });
  });

  it.each(verdicts)(
    'decides the same again on its own result, and later than now unless it acts (%s)',
    (verdict) => {
      for (const name of names) {
        const situation: Case = situations[name];
        const { now } = situation;
        const turn = decide(verdict, situation);
        const again = advance(turn.file, factsIn(verdict, situation), now);
        if (turn.file.closedAt !== null) {
          expect(again, name).toMatchObject({ file: turn.file, act: null });
          continue;
        }
        expect(again, name).toEqual(turn);
        if (turn.act === null) expect(turn.wakeAt, name).toBeGreaterThan(now);
      }
    },
  );
});

describe('advance: holds', () => {
  const held = (of: Hold['of'], reason: Hold['reason'], until: Instant): CaseFile =>
    remindedCase(3, { hold: { of, reason, since: day(10), until } });
  const ofSteps = membersOf<Act['step']>({ remind: true, pause: true, lift: true, close: true });

  it.each(product({ of: ofSteps, reason: holdWords }))(
    'waits until a hold of a $of for $reason ends',
    ({ of, reason }) => {
      const before = decide('owing', { file: held(of, reason, day(10.5)), now: day(10.2) });
      expect(before).toMatchObject({ act: null, wakeAt: day(10.5), file: { hold: { reason } } });
      const after = decide('owing', { file: held(of, reason, day(10.5)), now: day(10.5) });
      expect(after).toMatchObject({ act: { step: 'pause', round: 1 }, file: { hold: null } });
    },
  );

  it.each(holdWords)('goes on at once when the standing was in doubt (%s) and is no longer', (reason) => {
    const turn = decide('owing', { file: held(null, reason, day(10.5)), now: day(10.2) });
    expect(turn).toMatchObject({ act: { step: 'pause', round: 1 }, file: { hold: null } });
  });

  it.each(product({ of: [null, ...ofSteps.filter((step) => step !== 'lift')], reason: holdWords }))(
    'TT-5 gives back at once after a payment, although a hold of $of for $reason stands',
    ({ of, reason }) => {
      const file = pausedCase({ hold: { of, reason, since: day(10), until: day(30) } });
      expect(decide('clear', { file, now: day(11) }).act).toMatchObject({ step: 'lift', leaves: 'nothing' });
    },
  );

  it('keeps since when it began to hold, and remarks on it only once', () => {
    const first = decide('unclear', { file: remindedCase(3), now: day(10) });
    const second = decide('unclear', { file: first.file, now: first.wakeAt });
    expect(first.file.hold).toMatchObject({ since: day(10), until: day(10) + samplePolicy.holdRetryMs });
    expect(second.file.hold?.since).toBe(day(10));
    expect(second.file.remarks).toHaveLength(1);
  });

  it('wakes for the second look after a pause, and for it only once', () => {
    const recheckAt = day(10) + samplePolicy.recheckMs;
    const file = pausedCase({ recheckAt });
    const before = decide('owing', { file, now: day(10) + 1 });
    expect(before).toMatchObject({ act: null, wakeAt: recheckAt });
    const at = decide('owing', { file: before.file, now: recheckAt });
    expect(at.file.recheckAt).toBeNull();
    expect(at.wakeAt).toBeGreaterThan(recheckAt);
  });
});

describe('advance: what a case keeps of its debts', () => {
  it('TT-7 lets the oldest unpaid invoice set the clock and remembers when the episode began', () => {
    const file = openCase({ anchorAt: day(0), firstAnchorAt: day(-3) });
    const { file: seen } = decide('owing', { file, now: day(0.5) });
    expect(seen).toMatchObject({ anchorAt: day(0), firstAnchorAt: day(-3) });
  });

  it('forgets the sums when nothing is owed any more', () => {
    expect(decide('clear', { file: remindedCase(1), now: day(2) }).file.owed).toEqual([]);
  });

  it('never sleeps longer than thirty days', () => {
    const { wakeAt } = decide('owing', { file: pausedCase(), now: day(11) });
    expect(wakeAt).toBe(day(41));
  });
});
