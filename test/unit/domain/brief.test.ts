import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  briefPolicy,
  briefStanding,
  briefTracks,
  wholePolicy,
  wholeStanding,
  wholeTracks,
} from '../../../src/domain/brief.js';
import { asInvoiceId } from '../../../src/domain/ids.js';
import { day, invoiceFact, rounds, samplePolicy, standingOf, tracksOf } from '../../support/facts.js';
import { anyPolicy } from './life-arbitraries.js';

const instant = fc.option(fc.constantFrom(day(1), day(2)), { nil: null });
const anyInvoice = fc
  .record({
    dueAt: instant,
    firstFailedAt: instant,
    processingSince: instant,
    confirmationSince: instant,
    untried: fc.option(fc.constant('pm_2'), { nil: null }),
    idleDefault: fc.option(fc.constant('pm_3'), { nil: null }),
  })
  .map((changes) => invoiceFact({ ...changes, payUrl: null }));
const anyStanding = fc
  .record({
    invoices: fc.array(anyInvoice, { maxLength: 3 }),
    complete: fc.boolean(),
    credits: fc.constantFrom([], [{ currency: 'usd', amountMinor: 5 }]),
    stuckDrafts: fc.constantFrom([], [{ id: asInvoiceId('in_9'), reason: 'no tax' }]),
  })
  .map(({ invoices, ...rest }) => standingOf(invoices, day(3), rest));
const anyTracks = fc
  .record({
    rounds: fc.constantFrom({}, rounds({ remind: 1 })),
    unsettled: fc.constantFrom(null, { step: 'pause' as const, round: 1 }),
    resourcesOff: fc.boolean(),
    forgiven: fc.constantFrom([], [asInvoiceId('in_1')]),
    granted: fc.boolean(),
    fallback: fc.boolean(),
  })
  .map(tracksOf);

describe('what an activity tells a case', () => {
  it('is whole again on the other side, through JSON', () => {
    const travel = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
    fc.assert(
      fc.property(anyStanding, anyTracks, anyPolicy, (standing, tracks, policy) => {
        expect(wholeStanding(travel(briefStanding(standing)))).toEqual(standing);
        expect(wholeTracks(travel(briefTracks(tracks)))).toEqual(tracks);
        expect(wholePolicy(travel(briefPolicy(policy)))).toEqual(policy);
      }),
    );
  });

  it('says nothing of what is not there', () => {
    expect(briefTracks(tracksOf())).toEqual({});
    const [invoice] = briefStanding(standingOf([invoiceFact({ dueAt: null })], day(3))).invoices;
    expect(invoice).not.toHaveProperty('dueAt');
    expect(briefPolicy(samplePolicy)).not.toHaveProperty('decommission');
  });

  it('means by what is left out of a policy what it meant in the first history', () => {
    const { name, retryWindowMs, reminders, pause, contact } = samplePolicy;
    const told = { name, retryWindowMs, reminders, pause, contact };
    expect(wholePolicy(told)).toEqual({ ...samplePolicy, exportUrl: null });
  });

  it('keeps the link of an invoice out of every history', () => {
    const standing = standingOf([invoiceFact({ payUrl: 'https://invoice.example/in_1' })], day(3));
    expect(JSON.stringify(briefStanding(standing))).not.toContain('https');
    expect(wholeStanding(briefStanding(standing)).invoices).toEqual([{ ...invoiceFact(), payUrl: null }]);
  });
});
