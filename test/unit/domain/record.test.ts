import { describe, expect, it } from 'vitest';
import { advance } from '../../../src/domain/advance.js';
import type { CaseFile } from '../../../src/domain/case-file.js';
import type { Act, HoldReason, Outcome } from '../../../src/domain/effect.js';
import type { NoticeTopic } from '../../../src/domain/notice.js';
import { record } from '../../../src/domain/record.js';
import { MINUTE_MS } from '../../../src/domain/time.js';
import {
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

const now = day(10);
const promise = { step: 'pause', at: day(10) } as const;
const remind = (topic: NoticeTopic, named: typeof promise | null = promise): Act => ({
  step: 'remind',
  round: 4,
  topic,
  promise: named,
});

/** Every act that there is, with a case file that asks for it. */
const acts = {
  'first reminder': { file: openCase(), act: { ...remind('reminder'), round: 1 } },
  reminder: { file: remindedCase(3), act: remind('reminder') },
  'moved date': { file: remindedCase(3), act: remind('moved', { step: 'pause', at: day(13) } as never) },
  'word of the pause': {
    file: pausedCase({ owesNotice: 'paused' }),
    act: { ...remind('paused', null), round: 5 },
  },
  pause: { file: remindedCase(3), act: { step: 'pause', round: 1 } },
  'pause gone on with': {
    file: remindedCase(3, { pause: { round: 1, at: day(9.9), settled: false } }),
    act: { step: 'pause', round: 1 },
  },
  lift: { file: pausedCase(), act: { step: 'lift', round: 1, from: 'nonpayment', leaves: 'nothing' } },
  'lift to ended': {
    file: pausedCase(),
    act: { step: 'lift', round: 1, from: 'nonpayment', leaves: 'ended' },
  },
  'lift of ended': {
    file: pausedCase({ ended: true }),
    act: { step: 'lift', round: 2, from: 'ended', leaves: 'nothing' },
  },
  'lift of half a pause': {
    file: remindedCase(3, { pause: { round: 1, at: day(9.9), settled: false } }),
    act: { step: 'lift', round: 1, from: 'nonpayment', leaves: 'nothing' },
  },
  'thank-you': { file: remindedCase(3), act: { step: 'close', round: 1, topic: 'recovered' } },
  farewell: { file: remindedCase(3), act: { step: 'close', round: 1, topic: 'paid_but_ended' } },
} satisfies Record<string, { file: CaseFile; act: Act }>;
type ActName = keyof typeof acts;
const actNames = Object.keys(acts) as ActName[];

const doneAt = now + 5_000;
/** What the case file knows after each act was done; all that is not named stays. */
const whenDone: Record<ActName, Partial<CaseFile>> = {
  'first reminder': {
    stage: 'reminded',
    rung: 1,
    rounds: { remind: 1, pause: 0, lift: 0, close: 0 },
    lastStepAt: doneAt,
    promise: { ...promise, acceptedAt: doneAt },
  },
  // The lead counts from the first notice that named this date, so a reminder doesn't begin it anew.
  reminder: { rung: 4, rounds: { remind: 4, pause: 0, lift: 0, close: 0 }, lastStepAt: doneAt },
  'moved date': {
    rounds: { remind: 4, pause: 0, lift: 0, close: 0 },
    promise: { step: 'pause', at: day(13), acceptedAt: doneAt },
  },
  'word of the pause': { rounds: { remind: 5, pause: 1, lift: 0, close: 0 }, owesNotice: null },
  pause: {
    stage: 'paused',
    rung: 4,
    rounds: { remind: 3, pause: 1, lift: 0, close: 0 },
    lastStepAt: doneAt,
    promise: null,
    pause: { round: 1, at: doneAt, settled: true },
    owesNotice: 'paused',
    recheckAt: doneAt + samplePolicy.recheckMs,
  },
  'pause gone on with': {
    stage: 'paused',
    rung: 4,
    rounds: { remind: 3, pause: 1, lift: 0, close: 0 },
    lastStepAt: doneAt,
    promise: null,
    pause: { round: 1, at: doneAt, settled: true },
    owesNotice: 'paused',
    recheckAt: doneAt + samplePolicy.recheckMs,
  },
  lift: { stage: 'reminded', rung: 3, rounds: { remind: 4, pause: 1, lift: 1, close: 0 }, pause: null },
  'lift to ended': { rounds: { remind: 4, pause: 1, lift: 1, close: 0 }, ended: true },
  'lift of ended': {
    stage: 'reminded',
    rung: 3,
    rounds: { remind: 4, pause: 1, lift: 2, close: 0 },
    pause: null,
    ended: false,
  },
  // The round of the pause that never got done is used up: its effect has its outcome already.
  'lift of half a pause': { rounds: { remind: 3, pause: 1, lift: 1, close: 0 }, pause: null, promise: null },
  'thank-you': {
    stage: 'recovered',
    closedAt: doneAt,
    promise: null,
    rounds: { remind: 3, pause: 0, lift: 0, close: 1 },
  },
  farewell: {
    stage: 'recovered',
    closedAt: doneAt,
    promise: null,
    rounds: { remind: 3, pause: 0, lift: 0, close: 1 },
  },
};

const reasons = membersOf<HoldReason>({
  standing_unclear: true,
  standing_stale: true,
  payment_in_flight: true,
  observing: true,
  frozen: true,
  notice_missing: true,
  notice_too_recent: true,
  no_recipient: true,
  promise_outdated: true,
});

const outcomes = membersOf<Outcome['status']>({
  done: true,
  held: true,
  not_owed: true,
  interrupted: true,
  failed: true,
});
const outcomeOf: Record<Outcome['status'], Outcome> = {
  done: { status: 'done', at: doneAt },
  held: { status: 'held', reason: 'frozen', until: day(11) },
  not_owed: { status: 'not_owed' },
  interrupted: { status: 'interrupted' },
  failed: { status: 'failed', code: 'MAIL_REFUSED' },
};

function recorded(name: ActName, outcome: Outcome): CaseFile {
  const { file, act } = acts[name];
  return record(frozen<CaseFile>(file), frozen<Act>(act), frozen(outcome), samplePolicy, now);
}
/** What changed apart from the remarks. */
const changesOf = (name: ActName, outcome: Outcome) => ({ ...recorded(name, outcome), remarks: [] });

describe('record: an act that was done', () => {
  it.each(actNames)('takes in just what it changed: %s', (name) => {
    expect(changesOf(name, outcomeOf.done)).toEqual({ ...acts[name].file, ...whenDone[name] });
  });

  it.each(actNames)('leaves its caveat in the case: %s', (name) => {
    const { remarks } = recorded(name, { status: 'done', at: doneAt, caveat: 'web-2 has vanished' });
    expect(remarks.at(-1)).toMatchObject({
      at: doneAt,
      text: expect.stringContaining('web-2 has vanished') as string,
    });
    expect(changesOf(name, { status: 'done', at: doneAt, caveat: 'x' })).toEqual(
      changesOf(name, outcomeOf.done),
    );
  });

  it.each(actNames)('ends the hold that stood: %s', (name) => {
    const hold = { of: 'pause', reason: 'frozen', since: day(9), until: day(11) } as const;
    const after = record({ ...acts[name].file, hold }, acts[name].act, outcomeOf.done, samplePolicy, now);
    expect(after.hold).toBeNull();
  });
});

describe('record: an act that was not done', () => {
  const notDone = outcomes.filter((status) => status !== 'done');

  it.each(product({ name: actNames, status: notDone }))(
    'counts for no step and no round: $name, $status',
    ({ name, status }) => {
      const { file } = acts[name];
      const after = recorded(name, outcomeOf[status]);
      expect(after.rounds).toEqual(file.rounds);
      expect(after).toMatchObject({ rung: file.rung, lastStepAt: file.lastStepAt, ended: file.ended });
      expect(after.remarks, 'and people find it in the case').toHaveLength(file.remarks.length + 1);
      const isClose = acts[name].act.step === 'close' && (status === 'held' || status === 'failed');
      if (!isClose)
        expect(after).toMatchObject({
          promise: file.promise,
          owesNotice: file.owesNotice,
          stage: file.stage,
        });
    },
  );

  it.each(product({ name: actNames, reason: reasons }))(
    'holds $name for $reason until the time given',
    ({ name, reason }) => {
      const after = recorded(name, { status: 'held', reason, until: day(11) });
      const { step } = acts[name].act;
      if (step === 'close')
        return expect(after).toMatchObject({ stage: 'recovered', closedAt: now, hold: null });
      expect(after.hold).toEqual({ of: step, reason, since: now, until: day(11) });
    },
  );

  it('holds for the policy’s time when none is given, and asks soon when the time given is over by our clock', () => {
    const open = recorded('pause', { status: 'held', reason: 'frozen', until: null });
    expect(open.hold?.until).toBe(now + samplePolicy.holdRetryMs);
    const over = recorded('pause', { status: 'held', reason: 'notice_too_recent', until: now });
    expect(over.hold?.until).toBe(now + samplePolicy.recheckMs);
  });

  it('keeps since when it has been held for the same reason, and begins anew for another', () => {
    const hold = { of: 'pause', reason: 'frozen', since: day(8), until: now } as const;
    const { act } = acts.pause;
    const held = (reason: HoldReason) =>
      record(remindedCase(3, { hold }), act, { status: 'held', reason, until: null }, samplePolicy, now);
    expect(held('frozen').hold?.since).toBe(day(8));
    expect(held('observing').hold?.since).toBe(now);
  });

  it('names the code of a failure in the case and tries again after the policy’s time, a lift within five minutes', () => {
    const failure: Outcome = { status: 'failed', code: 'TARGET_REFUSED' };
    expect(recorded('pause', failure).hold).toEqual({
      of: 'pause',
      reason: 'failed',
      since: now,
      until: now + samplePolicy.holdRetryMs,
    });
    expect(recorded('pause', failure).remarks.at(-1)?.text).toContain('TARGET_REFUSED');
    expect(recorded('lift', failure).hold).toMatchObject({ of: 'lift', until: now + 5 * MINUTE_MS });
  });

  it.each(['held', 'failed'] as const)(
    'TT-5 closes the case although the thank-you was %s: all is given back',
    (status) => {
      expect(recorded('thank-you', outcomeOf[status])).toMatchObject({
        stage: 'recovered',
        closedAt: now,
        hold: null,
      });
    },
  );

  it('remembers a pause that was cut short as half-way, and one that was so already as it was', () => {
    expect(recorded('pause', outcomeOf.interrupted).pause).toEqual({ round: 1, at: now, settled: false });
    expect(recorded('pause gone on with', outcomeOf.interrupted).pause).toEqual(
      acts['pause gone on with'].file.pause,
    );
    expect(recorded('reminder', outcomeOf.interrupted).pause).toBeNull();
  });

  it('waits before it acts again on a debt that the guard did not find', () => {
    const file = recorded('pause', outcomeOf.not_owed);
    const soon = advance(file, factsOf(standingThatIs('owing', now + 1)), now + 1);
    expect(soon).toMatchObject({ act: null, wakeAt: now + samplePolicy.recheckMs });
    const paid = advance(file, factsOf(standingThatIs('clear', now + 1)), now + 1);
    expect(paid.act).toMatchObject({ step: 'close' });
  });
});

describe('record: a pause after one that was undone', () => {
  it('TT-5 takes a round of its own, because the effect of the undone one is settled', () => {
    const lifted = recorded('lift of half a pause', outcomeOf.done);
    const owing = factsOf(standingThatIs('owing', day(30)));
    const told = advance(lifted, owing, day(11));
    expect(told.act).toMatchObject({ step: 'remind', topic: 'moved' });
    const warned = record(told.file, told.act as Act, { status: 'done', at: day(11) }, samplePolicy, day(11));
    expect(advance(warned, owing, day(13)).act).toEqual({ step: 'pause', round: 2 });
  });
});

describe('remarks', () => {
  it('are the newest twenty, because the file travels in every continue-as-new', () => {
    const file = Array.from({ length: 30 }).reduce<CaseFile>(
      (known, _, i) =>
        record(known, acts.pause.act, { status: 'failed', code: `CODE_${i}` }, samplePolicy, now),
      remindedCase(3),
    );
    expect(file.remarks).toHaveLength(20);
    expect(file.remarks.at(-1)?.text).toContain('CODE_29');
  });
});
