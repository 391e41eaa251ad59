import { describe, expect, it } from 'vitest';
import type { CaseFile } from '../../../src/domain/case-file.js';
import { disagreement, mustBeGivenBack, shouldHaveOpened } from '../../../src/domain/disagrees.js';
import { asInvoiceId, asSubscriptionId } from '../../../src/domain/ids.js';
import type { Standing, Verdict } from '../../../src/domain/standing.js';
import { HOUR_MS } from '../../../src/domain/time.js';
import type { Tracks } from '../../../src/domain/witness.js';
import {
  agreementOf,
  caseFileOf,
  day,
  factsOf,
  invoiceFact,
  membersOf,
  openCase,
  pausedCase,
  remindedCase,
  standingOf,
  standingThatIs,
  tracksOf,
} from '../../support/facts.js';
import { decide, factsIn, situationNames, situations } from './advance-situations.js';

const verdicts = membersOf<Verdict>({
  owing: true,
  in_flight: true,
  unconfirmed: true,
  promised: true,
  covered: true,
  clear: true,
  unclear: true,
});
const now = day(5);
const see = (file: CaseFile, standing: Standing, tracks: Partial<Tracks> = {}) =>
  disagreement(file, factsOf(standing, { tracks: tracksOf(tracks) }), now);
const owing = (changes: Parameters<typeof invoiceFact>[0] = {}) => standingOf([invoiceFact(changes)], now);
const waitingFor = (reason: NonNullable<CaseFile['hold']>['reason']) =>
  ({ of: null, reason, since: day(4), until: day(6), tries: 1 }) as const;
const suspended = { restrictions: [{ reason: 'nonpayment', access: 'suspended' }] } as const;

describe('what Stripe says and what a case last said of itself', () => {
  it.each(verdicts)('agree after the case has looked, whatever its situation: %s', (verdict) => {
    const rested = situationNames.flatMap((name) => {
      const situation = situations[name];
      const { file, act } = decide(verdict, situation);
      if (act !== null || file.closedAt !== null) return [];
      // What a crash had left is known now, and the act that follows has seen to it.
      const facts = { ...factsIn(verdict, situation), tracks: null };
      return [[name, disagreement(file, facts, situation.now)]];
    });
    expect(rested.filter(([, found]) => found !== null)).toEqual([]);
    expect(verdict === 'unconfirmed' || rested.length > 0).toBe(true);
  });

  it.each(situationNames)('DR-6 are not compared where the standing is unclear: %s', (name) => {
    const situation = situations[name];
    expect(disagreement(situation.file, factsIn('unclear', situation), situation.now)).toBeNull();
  });

  it('agree while a case waits for its own dates, due or not', () => {
    for (const reminders of [0, 1, 2]) expect(see(remindedCase(reminders), owing())).toBeNull();
    expect(disagreement(remindedCase(3), factsOf(owing()), day(12))).toBeNull();
    expect(see(pausedCase(), owing(), suspended)).toBeNull();
  });

  it('disagree when it is paid: what stands goes back, and the case is over', () => {
    const clear = standingThatIs('clear', now);
    expect(see(pausedCase(), clear, suspended)).toBe('paid');
    expect(see(remindedCase(2), clear)).toBe('paid');
    expect(see(openCase(), clear)).toBe('paid');
    expect(see(openCase({ hold: waitingFor('payment_in_flight') }), clear)).toBe('paid');
  });

  it('agree while the case that knows it is paid is at it, or tries a failed lift again by itself', () => {
    const clear = standingThatIs('clear', now);
    const known = { owed: [], anchorAt: null, firstAnchorAt: null } as const;
    expect(see(pausedCase(known), clear, suspended)).toBeNull();
    const failed = { of: 'lift', reason: 'failed', since: day(4), until: day(6), tries: 2 } as const;
    expect(see(pausedCase({ ...known, hold: failed }), clear, suspended)).toBeNull();
  });

  it('agree on a paid case that is off for its ended subscription, and disagree once there is another', () => {
    const off = pausedCase({ ended: true, owed: [], anchorAt: null, firstAnchorAt: null });
    expect(see(off, standingThatIs('clear', now, 'ended'))).toBeNull();
    expect(see(off, standingThatIs('clear', now))).toBe('paid');
    expect(see(off, standingThatIs('clear', now, 'ended'), { granted: true })).toBe('paid');
  });

  it('disagree on a closed fallback plan once somebody subscribes again, also beside a restriction by hand', () => {
    const imposed = {
      access: 'suspended',
      by: 'ada',
      reason: 'abuse',
      until: null,
      state: 'imposed',
      retryAt: null,
    } as const;
    const manual = openCase({
      owed: [],
      anchorAt: null,
      firstAnchorAt: null,
      manual: imposed,
      stage: 'paused',
    });
    const clear = standingThatIs('clear', now);
    expect(see(manual, clear)).toBeNull();
    expect(see(manual, clear, { fallback: true })).toBe('paid');
  });

  it('disagree when another sum is owed, or counts from another day', () => {
    expect(see(remindedCase(2), owing({ remainingMinor: 4_800 }))).toBe('owed');
    expect(see(remindedCase(2), owing({ currency: 'eur' }))).toBe('owed');
    expect(see(remindedCase(2), owing({ firstFailedAt: day(1) }))).toBe('owed');
    const newer = invoiceFact({ id: asInvoiceId('in_2'), firstFailedAt: day(4) });
    expect(see(remindedCase(2), standingOf([invoiceFact(), newer], now))).toBe('owed');
    // As much as before, of another invoice: the episode is a new one.
    expect(see(remindedCase(2), standingOf([newer], now))).toBe('owed');
  });

  it('agree when only what is forgiven is owed besides', () => {
    const other = invoiceFact({ id: asInvoiceId('in_2'), firstFailedAt: day(-3) });
    const both = standingOf([invoiceFact(), other], now);
    expect(see(remindedCase(2), both, { forgiven: [other.id] })).toBeNull();
    expect(see(remindedCase(2), both)).toBe('owed');
  });

  it('disagree when what is waited for is over, or has begun', () => {
    for (const reason of [
      'payment_in_flight',
      'confirmation_awaited',
      'credit_covers_debt',
      'standing_unclear',
    ] as const)
      expect(see(remindedCase(2, { hold: waitingFor(reason) }), owing())).toBe('doubt');
    expect(see(remindedCase(2), standingThatIs('in_flight', now))).toBe('doubt');
    expect(see(remindedCase(2), standingThatIs('covered', now))).toBe('doubt');
    const promising = remindedCase(2, { agreement: agreementOf() });
    expect(see(promising, standingThatIs('promised', now))).toBe('doubt');
  });

  it('agree while the same is waited for', () => {
    const held = (reason: Parameters<typeof waitingFor>[0], changes: Partial<CaseFile> = {}) =>
      remindedCase(2, { hold: waitingFor(reason), ...changes });
    expect(see(held('payment_in_flight'), standingThatIs('in_flight', now))).toBeNull();
    expect(
      see(held('instalments_agreed', { agreement: agreementOf() }), standingThatIs('promised', now)),
    ).toBeNull();
    const exemption = { until: day(9), by: 'ada', reason: 'asked' };
    expect(see(held('exempt', { exemption }), owing(), { exemption })).toBeNull();
    expect(see(held('exempt', { exemption }), standingThatIs('clear', now), { exemption })).toBe('paid');
  });

  it('agree on what the guard holds as long as the same is owed', () => {
    const braked = remindedCase(3, { hold: { ...waitingFor('observing'), of: 'pause' } });
    expect(see(braked, owing())).toBeNull();
    expect(see(braked, owing({ remainingMinor: 1 }))).toBe('owed');
    expect(see(braked, standingThatIs('in_flight', now))).toBe('doubt');
  });

  it('disagree when there is a new card to be tried, once', () => {
    const withNewCard = owing({ untried: 'pm_2' });
    expect(see(remindedCase(2), withNewCard)).toBe('chargeable');
    expect(see(remindedCase(2, { retried: ['in_1/pm_2'] }), withNewCard)).toBeNull();
  });

  it('disagree when a payer is to be asked to confirm, once', () => {
    const unconfirmed = standingThatIs('unconfirmed', now);
    expect(see(remindedCase(2), unconfirmed)).toBe('confirmable');
    const asked = { confirmationAsked: [asInvoiceId('in_1')], hold: waitingFor('confirmation_awaited') };
    expect(see(remindedCase(2, asked), unconfirmed)).toBeNull();
  });

  it('disagree when people have to see to something new', () => {
    const stuck = standingOf([invoiceFact()], now, {
      stuckDrafts: [{ id: asInvoiceId('in_draft'), reason: 'no tax location' }],
    });
    expect(see(remindedCase(2), stuck)).toBe('finding');
  });

  it('are not compared where the case is closed', () => {
    const closed = remindedCase(2, { closedAt: day(4), stage: 'recovered' });
    for (const verdict of verdicts) expect(see(closed, standingThatIs(verdict, now))).toBeNull();
  });
});

describe('an account without an open case', () => {
  const fresh = caseFileOf();
  const givenBack = (standing: Standing, tracks: Partial<Tracks>) =>
    mustBeGivenBack(fresh, factsOf(standing, { tracks: tracksOf(tracks) }), now);
  const deleted = { restrictions: [{ reason: 'nonpayment', access: 'decommissioned' }] } as const;

  it('TT-9 gets back what stands once it is paid, and stays deleted while it owes', () => {
    expect(givenBack(standingThatIs('clear', now), deleted)).toBe(true);
    for (const verdict of verdicts.filter((one) => one !== 'clear'))
      expect(givenBack(standingThatIs(verdict, now), deleted)).toBe(false);
  });

  it('leaves its fallback plan once it subscribes again', () => {
    const again = standingOf([], now, { subscriptions: [{ id: asSubscriptionId('sub_2'), state: 'live' }] });
    expect(givenBack(again, { fallback: true })).toBe(true);
    expect(givenBack(standingThatIs('clear', now, 'ended'), { fallback: true })).toBe(false);
    expect(givenBack(again, {})).toBe(false);
  });

  it.each(verdicts)('has a run that should have opened a case, or ended, unless it waits: %s', (verdict) => {
    const file = verdict === 'promised' ? { ...fresh, agreement: agreementOf() } : fresh;
    const found = shouldHaveOpened(file, factsOf(standingThatIs(verdict, now)), now);
    const waits = ['unclear', 'in_flight', 'promised'].includes(verdict);
    expect(found).toBe(waits ? null : verdict);
  });

  it('is not told to look while a payment of it is on its way', () => {
    const debit = standingOf([invoiceFact({ processingSince: now - HOUR_MS })], now);
    expect(shouldHaveOpened(fresh, factsOf(debit), now)).toBeNull();
  });
});
