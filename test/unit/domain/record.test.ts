import { describe, expect, it } from 'vitest';
import { advance } from '../../../src/domain/advance.js';
import type { CaseFile } from '../../../src/domain/case-file.js';
import type { Act, HoldReason, Outcome } from '../../../src/domain/effect.js';
import { record } from '../../../src/domain/record.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../src/domain/time.js';
import {
  approvalOf,
  caseFileOf,
  day,
  factsOf,
  frozen,
  limitedCase,
  openCase,
  product,
  remindedCase,
  samplePolicy,
  standingThatIs,
} from '../../support/facts.js';
import {
  actNames,
  acts,
  doneAt,
  now,
  outcomeOf,
  outcomes,
  policy,
  reasons,
  whenDone,
  type ActName,
} from './record-acts.js';

const fileOf = (name: ActName): CaseFile => acts[name].file;
const actOf = (name: ActName): Act => acts[name].act;

const recorded = (name: ActName, outcome: Outcome, changes: Partial<CaseFile> = {}): CaseFile =>
  record(frozen({ ...fileOf(name), ...changes }), frozen(actOf(name)), frozen(outcome), policy, now);
/** What changed apart from the remarks and what was found. */
const changesOf = (name: ActName, outcome: Outcome) => ({
  ...recorded(name, outcome),
  remarks: [],
  findings: [],
});

describe('record: an act that was done', () => {
  it.each(actNames)('takes in just what it changed: %s', (name) => {
    expect(changesOf(name, outcomeOf.done)).toEqual({ ...fileOf(name), ...whenDone[name] });
  });

  it.each(actNames)('leaves its caveat in the case: %s', (name) => {
    const caveat: Outcome = { status: 'done', at: doneAt, caveat: 'web-2 has vanished' };
    const { remarks, findings } = recorded(name, caveat);
    expect(remarks.some(({ text }) => text.includes('web-2 has vanished'))).toBe(true);
    expect(findings.map(({ kind }) => kind)).toEqual(actOf(name).step === 'lift' ? ['not_as_before'] : []);
    expect(changesOf(name, caveat)).toEqual(changesOf(name, outcomeOf.done));
  });

  const held = (of: 'pause' | null) =>
    ({ of, reason: 'exempt', since: day(9), until: day(11), tries: 1 }) as const;
  const byHand = actNames.filter((name) => ['restrict', 'unrestrict'].includes(actOf(name).step));
  it.each(actNames.filter((name) => !byHand.includes(name)))(
    'ends what the guard held, not what the standing holds: %s',
    (name) => {
      expect(recorded(name, outcomeOf.done, { hold: held('pause') }).hold).toBeNull();
      const standing = recorded(name, outcomeOf.done, { hold: held(null) }).hold;
      expect(standing).toEqual(actOf(name).step === 'close' ? null : held(null));
    },
  );

  it.each(byHand)('of a person leaves every hold as it is: %s', (name) => {
    expect(recorded(name, outcomeOf.done, { hold: held('pause') }).hold).toEqual(held('pause'));
  });

  it('TT-4 takes in what was asked, open for a decision', () => {
    const { askedAt, decision, ...asked } = approvalOf();
    expect([askedAt, decision]).toEqual([day(90), null]);
    const after = recorded('request', { status: 'done', at: doneAt, approval: asked });
    expect(after.approval).toEqual({ ...asked, askedAt: doneAt, decision: null });
  });

  it.each(['limit', 'pause', 'deletion'] as const)(
    'TT-3 still owes the notice that could not be sent with a %s, and counts nothing as told',
    (name) => {
      const after = recorded(name, { status: 'done', at: doneAt, untold: true });
      expect(after.owesNotice).toBe({ limit: 'limited', pause: 'paused', deletion: 'decommissioned' }[name]);
      expect(after.told).toEqual(name === 'limit' ? fileOf(name).told : []);
    },
  );
});

describe('record: a lift from a fallback plan', () => {
  const lift = { step: 'lift', round: 1, from: 'fallback', leaves: 'nothing' } as const;
  const after = (changes: Partial<CaseFile>) =>
    record(frozen(caseFileOf(changes)), lift, outcomeOf.done, policy, now);
  const manual = { access: 'read_only', by: 'ada', reason: 'abuse', until: null, retryAt: null } as const;

  it('TT-5 closes a case that began for nothing else, without another look', () => {
    expect(after({})).toMatchObject({ stage: 'closed', closedAt: doneAt, rounds: { lift: 1 } });
  });

  it.each<[string, Partial<CaseFile>]>([
    ['has found a debt, or was given an order', { openedAt: day(1) }],
    ['has an order to carry out', { manual: { ...manual, state: 'wanted' } }],
  ])('leaves a case open that %s', (_, changes) => {
    expect(after(changes).closedAt).toBeNull();
  });

  it('leaves a case open that has something to show to people', () => {
    const caveat: Outcome = { status: 'done', at: doneAt, caveat: 'web-2 has vanished' };
    expect(record(caseFileOf(), lift, caveat, policy, now)).toMatchObject({
      closedAt: null,
      openedAt: doneAt,
    });
  });
});

describe('record: an act that was not done', () => {
  const notDone = outcomes.filter((status) => status !== 'done');

  it.each(product({ name: actNames, status: notDone }))(
    'counts for no step: $name, $status',
    ({ name, status }) => {
      const file = fileOf(name);
      const after = recorded(name, outcomeOf[status]);
      const { rung, lastStepAt, ended, forgiven, agreement, confirmationAsked } = file;
      expect(after).toMatchObject({ rung, lastStepAt, ended, forgiven, agreement, confirmationAsked });
      expect(after.remarks, 'and people find it in the case').toHaveLength(file.remarks.length + 1);
      const isFailedCharge = actOf(name).step === 'retry' && status === 'failed';
      if (!isFailedCharge) expect(after.rounds).toEqual(file.rounds);
      const isClosed = actOf(name).step === 'close' && (status === 'held' || status === 'failed');
      if (!isClosed)
        expect(after).toMatchObject({ told: file.told, owesNotice: file.owesNotice, stage: file.stage });
    },
  );

  const asksAnew: readonly HoldReason[] = ['plan_changed', 'approval_expired', 'approval_missing'];
  it.each(product({ name: actNames, reason: reasons }))('holds $name for $reason', ({ name, reason }) => {
    const { step } = actOf(name);
    const after = recorded(name, { status: 'held', reason, until: day(11) });
    if (asksAnew.includes(reason)) return expect(after).toMatchObject({ hold: null, approval: null });
    if (step === 'close')
      return expect(after).toMatchObject({ stage: 'recovered', closedAt: now, hold: null });
    // At once, but only once: the debt is another one than the act was decided on.
    const until = reason === 'standing_changed' ? now : day(11);
    if (step === 'restrict' || step === 'unrestrict')
      return expect(after).toMatchObject({ hold: null, manual: { retryAt: until } });
    if (step === 'retry' && reason === 'observing')
      return expect(after).toMatchObject({ hold: null, retried: ['in_1/pm_2'] });
    // A lift that leaves everything off is no more than a notice, and nothing that has to be gone on with.
    const of = name === 'lift to ended' ? 'close' : step;
    expect(after.hold).toEqual({ of, reason, since: now, until, tries: 1 });
  });

  it('holds for the policy’s time when none is given, and asks soon when the time given is over by our clock', () => {
    const open = recorded('pause', { status: 'held', reason: 'frozen', until: null });
    expect(open.hold?.until).toBe(now + policy.holdRetryMs);
    const over = recorded('pause', { status: 'held', reason: 'notice_too_recent', until: now });
    expect(over.hold?.until).toBe(now + policy.recheckMs);
  });

  const before = (reason: HoldReason, tries: number) =>
    ({ of: 'pause', reason, since: day(8), until: now, tries }) as const;
  const again = (reason: HoldReason, tries = 1) =>
    recorded('pause', { status: 'held', reason, until: now + 1 }, { hold: before(reason, tries) });

  it('keeps since when it has been held for the same reason, and begins anew for another', () => {
    expect(again('frozen').hold).toMatchObject({ since: day(8), tries: 2 });
    expect(again('frozen').remarks, 'one remark for a whole night of tries').toEqual([]);
    const other = recorded(
      'pause',
      { status: 'held', reason: 'observing', until: null },
      { hold: before('frozen', 5) },
    );
    expect(other.hold).toMatchObject({ since: now, tries: 1 });
  });

  it('doubles the wait for a clock that is off, up to the policy’s own', () => {
    const waits = [1, 2, 3, 20].map((tries) => (again('standing_stale', tries).hold?.until ?? 0) - now);
    expect(waits).toEqual([2 * MINUTE_MS, 4 * MINUTE_MS, 8 * MINUTE_MS, policy.holdRetryMs]);
  });

  it('looks at once at a debt that has changed, and then waits before it looks again', () => {
    expect(recorded('pause', { status: 'held', reason: 'standing_changed', until: null }).hold?.until).toBe(
      now,
    );
    expect(again('standing_changed').hold?.until).toBe(now + policy.recheckMs);
  });

  it('names the code of a failure in the case and tries again later; what gives back within five minutes', () => {
    const failure: Outcome = { status: 'failed', code: 'TARGET_REFUSED' };
    const until = now + policy.holdRetryMs;
    expect(recorded('pause', failure).hold).toEqual({
      of: 'pause',
      reason: 'failed',
      since: now,
      until,
      tries: 1,
    });
    expect(recorded('pause', failure).remarks.at(-1)?.text).toContain('TARGET_REFUSED');
    expect(recorded('lift', failure).hold).toMatchObject({ of: 'lift', until: now + 5 * MINUTE_MS });
    expect(recorded('end of a restriction', failure).manual?.retryAt).toBe(now + 5 * MINUTE_MS);
    expect(recorded('restriction', failure).manual?.retryAt).toBe(until);
  });

  it('EC-12 asks again after an outage: soon at first, then ever later, an hour at most', () => {
    const failure: Outcome = { status: 'failed', code: 'MAIL_UNAVAILABLE' };
    const waits = [0, 1, 2, 20].map((tries) => {
      const hold = { of: 'remind', reason: 'failed', since: day(1), until: now, tries } as const;
      return (recorded('reminder', failure, { hold: tries === 0 ? null : hold }).hold?.until ?? 0) - now;
    });
    expect(waits).toEqual([MINUTE_MS, 2 * MINUTE_MS, 4 * MINUTE_MS, HOUR_MS]);
  });

  it('EC-12 says the same failure of a whole night once', () => {
    const failing = (code: string, before: Partial<CaseFile> = {}) =>
      recorded('reminder', { status: 'failed', code }, before);
    const first = failing('MAIL_UNAVAILABLE');
    expect(failing('MAIL_UNAVAILABLE', first).remarks).toEqual(first.remarks);
    expect(failing('UNFORESEEN', first).remarks).toHaveLength(first.remarks.length + 1);
  });

  it('EC-12 keeps thanks that can not be said for a day, and closes without them then', () => {
    const failure: Outcome = { status: 'failed', code: 'MAIL_UNAVAILABLE' };
    const waiting = (sinceMs: number) =>
      recorded('thank-you', failure, {
        hold: { of: 'close', reason: 'failed', since: now - sinceMs, until: now, tries: 9 },
      });
    expect(recorded('thank-you', failure)).toMatchObject({ closedAt: null, hold: { of: 'close' } });
    expect(waiting(DAY_MS - 1)).toMatchObject({ closedAt: null });
    expect(waiting(DAY_MS)).toMatchObject({ stage: 'recovered', closedAt: now });
  });

  it('TT-12 gives the time for which the clock stood still before a brake held', () => {
    const hold = { of: null, reason: 'payment_in_flight', since: day(8), until: now, tries: 1 } as const;
    const after = recorded('request to confirm', { status: 'held', reason: 'frozen', until: null }, { hold });
    expect(after).toMatchObject({ hold: { of: 'remind' }, shiftMs: now - day(8) });
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

  it.each(['limit', 'pause', 'deletion'] as const)(
    'remembers a %s that was cut short as half-way',
    (name) => {
      const { step, round } = actOf(name);
      expect(recorded(name, outcomeOf.interrupted).taken).toEqual({ step, round, at: now, settled: false });
    },
  );

  it('TT-5 goes on with a lift that was cut short, whatever is owed meanwhile', () => {
    const after = recorded('lift', outcomeOf.interrupted);
    const owing = { ...factsOf(standingThatIs('owing', now)), policy };
    expect(advance(after, owing, now).act).toMatchObject({ step: 'lift', round: 1, leaves: 'nothing' });
  });

  it('EC-2 charges no card twice that was refused, and gives the next one an effect of its own', () => {
    const after = recorded('charge', outcomeOf.failed);
    expect(after).toMatchObject({ retried: ['in_1/pm_2'], rounds: { retry: 1 }, hold: null });
    expect(recorded('charge', outcomeOf.held), 'what was only held is tried later').toMatchObject({
      retried: [],
      hold: { of: 'retry' },
    });
  });

  it('waits before it acts again on a debt that the guard did not find', () => {
    const file = recorded('pause', outcomeOf.not_owed);
    const soon = advance(file, { ...factsOf(standingThatIs('owing', now + 1)), policy }, now + 1);
    expect(soon).toMatchObject({ act: null, wakeAt: now + policy.recheckMs });
    const paid = advance(file, { ...factsOf(standingThatIs('clear', now + 1)), policy }, now + 1);
    expect(paid.act).toMatchObject({ step: 'lift' });
  });
});

describe('record: after something was given back', () => {
  it('TT-5 takes a round of its own for the next pause, because the effect of the undone one is settled', () => {
    const lifted = record(
      remindedCase(3, { taken: { step: 'pause', round: 1, at: day(9.9), settled: false } }),
      { step: 'lift', round: 1, from: 'nonpayment', leaves: 'nothing' },
      outcomeOf.done,
      samplePolicy,
      now,
    );
    const owing = factsOf(standingThatIs('owing', day(30)));
    const told = advance(lifted, owing, day(11));
    expect(told.act).toMatchObject({ step: 'remind', topic: 'moved' });
    const warned = record(told.file, told.act!, { status: 'done', at: day(11) }, samplePolicy, day(11));
    expect(advance(warned, owing, day(13)).act).toMatchObject({ step: 'pause', round: 2 });
  });

  it('keeps a dwell before it takes again, also where that needs no notice', () => {
    const lifted = recorded('lift as a courtesy', outcomeOf.done);
    expect(lifted).toMatchObject({ lastStepAt: doneAt, rung: 3, told: [] });
  });

  it('says a stage by what is owed alone when a person’s restriction ends', () => {
    const manual = {
      access: 'suspended',
      by: 'ada',
      reason: 'x',
      until: null,
      state: 'ending',
      retryAt: null,
    } as const;
    const end = (file: CaseFile) =>
      record({ ...file, manual }, { step: 'unrestrict', round: 1 }, outcomeOf.done, policy, now).stage;
    expect([end(openCase()), end(remindedCase(2)), end(limitedCase())]).toEqual([
      'watching',
      'reminded',
      'limited',
    ]);
  });
});

describe('remarks', () => {
  it('are the newest twenty, because the file travels in every continue-as-new', () => {
    const file = Array.from({ length: 30 }).reduce<CaseFile>(
      (known, _, i) => record(known, actOf('pause'), { status: 'failed', code: `CODE_${i}` }, policy, now),
      limitedCase(),
    );
    expect(file.remarks).toHaveLength(20);
    expect(file.remarks.at(-1)?.text).toContain('CODE_29');
  });
});
