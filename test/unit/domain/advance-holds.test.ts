import { describe, expect, it } from 'vitest';
import { advance } from '../../../src/domain/advance.js';
import type { CaseFile, Hold, Manual } from '../../../src/domain/case-file.js';
import { allSteps, type HoldReason } from '../../../src/domain/effect.js';
import { asInvoiceId } from '../../../src/domain/ids.js';
import { record } from '../../../src/domain/record.js';
import type { InvoiceFact, Standing, Verdict } from '../../../src/domain/standing.js';
import { DAY_MS, HOUR_MS, type Instant } from '../../../src/domain/time.js';
import {
  agreementOf,
  day,
  factsOf,
  frozen,
  invoiceFact,
  openCase,
  pausedCase,
  product,
  remindedCase,
  samplePolicy,
  standingOf,
  standingThatIs,
  tracksOf,
} from '../../support/facts.js';
import { decide, situations } from './advance-situations.js';
import { reasons } from './record-acts.js';

const holdWords: readonly (HoldReason | 'failed')[] = [...reasons, 'failed'];
const look = (
  file: CaseFile,
  invoices: readonly InvoiceFact[],
  now: Instant,
  changes: Partial<Standing> = {},
) => advance(frozen(file), factsOf(standingOf(invoices, now, changes)), now);
const at = (verdict: Verdict, file: CaseFile, now: Instant) => decide(verdict, { file, now });

describe('advance: what the guard held', () => {
  const held = (of: Hold['of'], reason: Hold['reason'], until: Instant): CaseFile =>
    remindedCase(3, { hold: { of, reason, since: day(10), until, tries: 1 } });
  const untaken = allSteps.filter((step) => step !== 'lift');
  const braking = untaken.filter((step) => step !== 'close');

  it.each(product({ of: braking, reason: holdWords }))(
    'waits until a hold of a $of for $reason ends',
    ({ of, reason }) => {
      const before = at('owing', held(of, reason, day(10.5)), day(10.2));
      expect(before).toMatchObject({ act: null, wakeAt: day(10.5), file: { hold: { reason } } });
      const after = at('owing', held(of, reason, day(10.5)), day(10.5));
      expect(after).toMatchObject({ act: { step: 'pause', round: 1 } });
    },
  );

  const unsaid = { of: 'close', reason: 'failed', since: day(10), until: day(10.5), tries: 1 } as const;

  it('waits with thanks that can not be said, and promises nothing meanwhile', () => {
    const waiting = remindedCase(3, { hold: unsaid });
    const over = { anchorAt: null, firstAnchorAt: null, told: [], rung: 0 };
    expect(at('clear', waiting, day(10.2))).toMatchObject({
      act: null,
      next: null,
      wakeAt: day(10.5),
      file: over,
    });
    expect(at('clear', waiting, day(10.5)).act).toMatchObject({ step: 'close' });
  });

  it('TT-1 begins a new timetable with the first reminder when something is owed anew before the thanks', () => {
    const waiting = remindedCase(3, { hold: unsaid });
    const turn = look(
      waiting,
      [invoiceFact({ id: asInvoiceId('in_2'), firstFailedAt: day(10.1) })],
      day(10.2),
    );
    expect(turn).toMatchObject({
      act: null,
      next: { step: 'remind', at: day(11.1) },
      file: { hold: null, firstAnchorAt: day(10.1), anchorAt: day(10.1), told: [], rung: 0 },
    });
  });

  it('TT-5 gives nothing back for want of a mail that says that the subscription has ended', () => {
    const off = pausedCase({ hold: unsaid, ended: false });
    expect(at('owing', off, day(11)).act?.step).not.toBe('lift');
    expect(at('unclear', off, day(11)).act).toBeNull();
  });

  it.each(holdWords)('goes on at once when the standing was in doubt (%s) and is no longer', (reason) => {
    const turn = at('owing', held(null, reason, day(10.5)), day(10));
    expect(turn).toMatchObject({ act: { step: 'pause', round: 1 }, file: { hold: null } });
  });

  it.each(product({ of: [null, ...untaken], reason: holdWords }))(
    'TT-5 gives back at once after a payment, although a hold of $of for $reason stands',
    ({ of, reason }) => {
      const file = pausedCase({ hold: { of, reason, since: day(10), until: day(30), tries: 1 } });
      expect(at('clear', file, day(11)).act).toMatchObject({ step: 'lift', leaves: 'nothing' });
    },
  );

  it('keeps since when it began to hold, and remarks on it only once', () => {
    const first = at('unclear', remindedCase(3), day(10));
    const second = at('unclear', first.file, first.wakeAt);
    expect(first.file.hold).toMatchObject({
      since: day(10),
      until: day(10) + samplePolicy.holdRetryMs,
      tries: 1,
    });
    expect(second.file.hold).toMatchObject({ since: day(10), tries: 2 });
    expect(second.file.remarks).toHaveLength(1);
  });
});

describe('advance: when it wakes', () => {
  it('wakes for the second look after a pause, and for it only once', () => {
    const recheckAt = day(10) + samplePolicy.recheckMs;
    const before = at('owing', pausedCase({ recheckAt }), day(10) + 1);
    expect(before).toMatchObject({ act: null, wakeAt: recheckAt });
    const second = at('owing', before.file, recheckAt);
    expect(second.file.recheckAt).toBeNull();
    expect(second.wakeAt).toBeGreaterThan(recheckAt);
  });

  it('never sleeps longer than sixty days', () => {
    expect(at('owing', pausedCase(), day(11)).wakeAt).toBe(day(71));
  });

  it('LG-3 wakes when an exemption ends', () => {
    const exemption = { until: day(10.1), by: 'ada', reason: 'in appeal' };
    const situation = { file: remindedCase(3, { exemption }), now: day(10), tracks: { exemption } };
    expect(decide('owing', situation)).toMatchObject({ act: null, wakeAt: day(10.1) });
  });

  it('TT-15 wakes after the next promised date, not on it: the day is the customer’s', () => {
    const agreement = agreementOf({ instalments: [{ dueAt: day(10.1), mostRemainingMinor: 0 }] });
    const turn = advance(
      remindedCase(3, { agreement }),
      factsOf(standingThatIs('promised', day(10))),
      day(10),
    );
    expect(turn).toMatchObject({ act: null, wakeAt: day(10.1) + 1 });
  });

  const manual: Manual = {
    access: 'suspended',
    by: 'ada',
    reason: 'abuse',
    until: day(11),
    state: 'imposed',
    retryAt: null,
  };
  it.each(['owing', 'in_flight', 'covered', 'clear', 'unclear'] as const)(
    'wakes when a person’s restriction ends (%s)',
    (verdict) => {
      const pausedElsewhere = {
        of: 'remind',
        reason: 'frozen',
        since: day(9),
        until: day(12),
        tries: 1,
      } as const;
      const file = remindedCase(3, { manual, hold: pausedElsewhere });
      expect(at(verdict, file, day(10.9)).wakeAt).toBeLessThanOrEqual(day(11));
      expect(at(verdict, file, day(11)).act, 'no hold of a debt delays it').toEqual({
        step: 'unrestrict',
        round: 1,
      });
    },
  );

  it.each(['owing', 'in_flight', 'covered', 'clear', 'unclear'] as const)(
    'tries a person’s order again only when its time has come, and hurries nothing until then (%s)',
    (verdict) => {
      const file = remindedCase(3, { manual: { ...manual, state: 'ending', retryAt: day(9.95) } });
      const before = at(verdict, file, day(9.9));
      expect(before.act).toBeNull();
      expect(before.wakeAt).toBeLessThanOrEqual(day(9.95));
      expect(before.wakeAt).toBeGreaterThan(day(9.9) + 1);
      expect(at(verdict, before.file, day(9.95)).act).toMatchObject({ step: 'unrestrict' });
    },
  );
});

describe('advance: the clock stands still', () => {
  const coming = (since: Instant) => [invoiceFact({ processingSince: since })];

  it('TT-12 while a payment is on its way, and goes on when it came to nothing', () => {
    const waiting = look(remindedCase(3), coming(day(8.5)), day(8.5)).file;
    const failed = look(waiting, [invoiceFact()], day(9.5));
    expect(failed.file).toMatchObject({ hold: null, shiftMs: DAY_MS });
    expect(failed.act, 'and the moved date is told').toMatchObject({
      topic: 'moved',
      promises: [{ step: 'pause', at: day(11.5) }],
    });
  });

  it('TT-12 also when Stripe could not be read in between', () => {
    const waiting = look(remindedCase(3), coming(day(8.1)), day(8.1)).file;
    const blind = look(waiting, coming(day(8.1)), day(9), { complete: false }).file;
    const again = look(blind, coming(day(8.1)), day(9.1)).file;
    const failed = look(again, [invoiceFact()], day(9.6)).file;
    expect(failed.shiftMs / DAY_MS).toBeCloseTo(0.9 + 0.5, 5);
  });

  it('TT-11 from one reason to the next: a balance, then an exemption', () => {
    const covered = look(remindedCase(3), [invoiceFact()], day(8.1), {
      credits: [{ currency: 'usd', amountMinor: 4900 }],
    }).file;
    const exemption = { until: day(9.1), by: 'ada', reason: 'x' };
    const exempt = look({ ...covered, exemption }, [invoiceFact()], day(8.6)).file;
    expect(exempt).toMatchObject({ hold: { reason: 'exempt', since: day(8.6) } });
    expect(look(exempt, [invoiceFact()], day(9.1)).file.shiftMs / DAY_MS).toBeCloseTo(1, 5);
  });
});

describe('TT-15 advance: instalments', () => {
  const agreement = agreementOf({
    invoices: [invoiceFact().id],
    instalments: [{ dueAt: day(20), mostRemainingMinor: 0 }],
  });
  const held = look(remindedCase(3, { agreement }), [invoiceFact()], day(9)).file;

  it('TT-15 that are kept are not ended by another debt', () => {
    const other = invoiceFact({ id: asInvoiceId('in_2'), firstFailedAt: day(10) });
    const turn = look(held, [invoiceFact(), other], day(10));
    expect(turn.file).toMatchObject({ agreement, owesNotice: null, anchorAt: day(10) });
  });

  it('TT-15 that did not come are said at once, and what was promised for a later day still holds', () => {
    const soon = { step: 'pause', at: day(20.5), acceptedAt: day(9) } as const;
    const later = { ...soon, at: day(60) };
    const told = (promise: typeof soon) => look({ ...held, told: [promise] }, [invoiceFact()], day(20) + 1);
    expect(told(soon)).toMatchObject({
      act: { topic: 'instalment_missed' },
      file: { agreement: null, told: [], owesNotice: 'instalment_missed' },
    });
    expect(told(soon).act).not.toMatchObject({ promises: [{ at: day(20.5) }] });
    expect(told(later).act).toMatchObject({ promises: [{ step: 'pause', at: day(60) }] });
  });

  it('TT-15 don’t keep from being given back what a person ordered to be given back', () => {
    const file = pausedCase({ agreement, liftWanted: true });
    expect(look(file, [invoiceFact()], day(11)).act).toMatchObject({ step: 'lift', leaves: 'nothing' });
  });
});

describe('EC-3 advance: a payment that waits for its payer', () => {
  const waiting = [invoiceFact({ firstFailedAt: null, confirmationSince: day(0) })];

  it('EC-3 asks him once for each invoice, and again only for another one', () => {
    const first = look(openCase(), waiting, day(0.1));
    expect(first.act).toMatchObject({ topic: 'confirm', promises: [], confirms: ['in_1'] });
    const asked = record(first.file, first.act!, { status: 'done', at: day(0.1) }, samplePolicy, day(0.1));
    expect(look(asked, waiting, day(0.2))).toMatchObject({
      act: null,
      file: { hold: { reason: 'confirmation_awaited' } },
    });
    const more = [
      ...waiting,
      invoiceFact({ id: asInvoiceId('in_2'), firstFailedAt: null, confirmationSince: day(0) }),
    ];
    expect(look(asked, more, day(0.2)).act).toMatchObject({ topic: 'confirm', round: 2 });
  });

  it('EC-3 asks again when the mail could not be sent', () => {
    const first = look(openCase(), waiting, day(0.1));
    const failed = record(
      first.file,
      first.act!,
      { status: 'held', reason: 'frozen', until: null },
      samplePolicy,
      day(0.1),
    );
    expect(look(failed, waiting, day(0.1) + HOUR_MS).act, 'when the brake lets go').toBeNull();
    expect(look(failed, waiting, day(1)).act).toMatchObject({ topic: 'confirm' });
  });
});

describe('advance: what people have to see to', () => {
  const kindsIn = ({ findings }: CaseFile) => findings.map(({ kind, subject }) => `${kind} ${subject}`);

  it('TT-13 a draft that can’t be finalised is the operator’s fault: said once, and no step', () => {
    const stuckDrafts = [{ id: asInvoiceId('in_9'), reason: 'customer_tax_location_invalid' }];
    const tracks = tracksOf();
    const turn = advance(openCase(), { ...factsOf(standingOf([], day(1), { stuckDrafts })), tracks }, day(1));
    expect(kindsIn(turn.file)).toEqual(['draft_not_finalised in_9']);
    expect(turn).toMatchObject({ act: null, file: { stage: 'closed' } });
    const again = look(
      turn.file.closedAt === null ? turn.file : { ...turn.file, closedAt: null },
      [invoiceFact()],
      day(1),
      { stuckDrafts },
    );
    expect(kindsIn(again.file)).toHaveLength(1);
  });

  it('TT-11 a balance that covers the debt holds, and finance is told once for each debt', () => {
    const credits = [{ currency: 'usd', amountMinor: 4900 }];
    const first = look(remindedCase(3), [invoiceFact()], day(10), { credits });
    const second = look(first.file, [invoiceFact()], first.wakeAt, { credits });
    expect(second).toMatchObject({ act: null, file: { hold: { reason: 'credit_covers_debt' } } });
    expect(kindsIn(second.file)).toEqual([`credit_covers_debt ${day(0)}`]);
  });

  it('EC-2 a new default card that the subscription doesn’t use is said, and pays nothing', () => {
    const turn = look(remindedCase(1), [invoiceFact({ idleDefault: 'pm_new' })], day(2));
    expect(kindsIn(turn.file)).toEqual(['wrong_payment_method in_1/pm_new']);
    expect(turn.act).toBeNull();
  });

  it('EC-2 a new card is charged once for each invoice, not where the policy says otherwise', () => {
    const debts = [
      invoiceFact({ untried: 'pm_2' }),
      invoiceFact({ id: asInvoiceId('in_2'), untried: 'pm_2' }),
    ];
    const charged = look(remindedCase(1, { retried: ['in_1/pm_2'] }), debts, day(2));
    expect(charged.act).toEqual({ step: 'retry', round: 1, charges: [{ invoice: 'in_2', method: 'pm_2' }] });
    const policy = { ...samplePolicy, retryOnNewCard: false };
    expect(advance(remindedCase(1), factsOf(standingOf(debts, day(2)), { policy }), day(2)).act).toBeNull();
  });

  it('TT-4 silence about a deletion is a finding, for each request', () => {
    const { file } = decide('owing', situations['deletion asked for in vain']);
    expect(kindsIn(file)).toEqual(['deletion_not_approved approval-1']);
  });
});

describe('advance: what a case keeps of its debts', () => {
  it('TT-7 lets the oldest unpaid invoice set the clock and remembers when the episode began', () => {
    const file = openCase({ anchorAt: day(0), firstAnchorAt: day(-3) });
    expect(at('owing', file, day(0.5)).file).toMatchObject({ anchorAt: day(0), firstAnchorAt: day(-3) });
  });

  it('TT-14 notes whether more is owed than the cap, in any one currency', () => {
    const policy = { ...samplePolicy, exposure: { capsMinor: { usd: 4899, eur: 99_999 }, pace: 0.5 } };
    const exposed = (invoices: readonly InvoiceFact[]) =>
      advance(openCase(), factsOf(standingOf(invoices, day(0.4)), { policy }), day(0.4)).file.exposed;
    expect(exposed([invoiceFact()])).toBe(true);
    expect(exposed([invoiceFact({ remainingMinor: 4899 })])).toBe(false);
    expect(exposed([invoiceFact({ currency: 'eur' })])).toBe(false);
  });

  it('forgets the sums when nothing is owed any more', () => {
    expect(at('clear', remindedCase(1), day(2)).file.owed).toEqual([]);
  });

  const manual: Manual = {
    access: 'read_only',
    by: 'ada',
    reason: 'abuse',
    until: null,
    state: 'imposed',
    retryAt: null,
  };
  it.each([
    ['a person’s restriction', remindedCase(3, { manual, shiftMs: DAY_MS }), 'live' as const],
    ['the end of the subscription', pausedCase({ ended: true, shiftMs: DAY_MS }), 'ended' as const],
  ])('begins a new episode with the next debt when only %s kept it open', (_, file, state) => {
    const paid = advance(file, factsOf(standingOf([], day(20), { state })), day(20));
    expect(paid.act).toBeNull();
    expect(paid.file).toMatchObject({
      closedAt: null,
      firstAnchorAt: null,
      anchorAt: null,
      shiftMs: 0,
      told: [],
    });
    const debt = invoiceFact({ firstFailedAt: day(200) });
    const owing = advance(paid.file, factsOf(standingOf([debt], day(200), { state })), day(200));
    expect(owing.file).toMatchObject({ firstAnchorAt: day(200), anchorAt: day(200) });
    expect(owing.act).toBeNull();
  });

  it('shows what a person’s restriction leaves', () => {
    const paid = (access: Manual['access']) =>
      at('clear', remindedCase(3, { manual: { ...manual, access } }), day(20)).file.stage;
    expect([paid('read_only'), paid('suspended')]).toEqual(['limited', 'paused']);
  });
});
