import { describe, expect, it } from 'vitest';
import { judge, longestStandingAgeMs, type Judgement } from '../../../src/domain/judge.js';
import type { Policy } from '../../../src/domain/policy.js';
import { HOUR_MS } from '../../../src/domain/time.js';
import { day, frozen, immediatePolicy, invoiceFact, standingOf } from '../../support/facts.js';
import {
  approvalReason,
  evidenceOf,
  exemptions,
  immunities,
  now,
  policy,
  reasonOf,
  rowsOf,
  steps,
  warningOf,
  type Row,
} from './judge-evidence.js';

const hold = (reason: string, until: number | null = null) => ({ ruling: 'hold', reason, until });
const grant = { ruling: 'grant' };

/** The rules of DESIGN.md §2, read once more and written down apart from the code. */
function rule(row: Row): unknown {
  const { step, mode } = row;
  if (step === 'lift' || step === 'close' || step === 'unrestrict') return grant;
  const enforced = ruleEnforced(row);
  return enforced === grant && mode === 'observe' ? hold('observing') : enforced;
}

/** Who only observes decides like who enforces. */
function ruleEnforced(row: Row): unknown {
  const { step } = row;
  if (step === 'restrict') return brake(row) ?? grant;
  const debt = debtIn(row);
  if (debt !== null || step === 'retry') return debt ?? grant;
  const withheld =
    brake(row) ?? darkness(row) ?? (row.exemption === 'for another moment' ? hold('exempt', now + 1) : null);
  if (withheld !== null || step === 'remind' || step === 'ask') return withheld ?? grant;
  if (row.immunity === 'for another moment') return hold('immune', now + 1);
  const { reason, untilMs } = warningOf[row.notice];
  if (reason !== null) return hold(reason, untilMs === null ? null : now + untilMs);
  const missing = step === 'decommission' ? approvalReason[row.approval] : null;
  return missing === null ? grant : hold(missing);
}

function debtIn({ standing, lift, topic }: Row): unknown {
  const isBehind = lift === 'a minute before the read' && topic !== 'restored';
  if (standing !== 'none' && (isBehind || lift === 'at the read' || lift === 'after the read'))
    return hold('standing_stale', now + 60_000);
  const reason = reasonOf[standing];
  if (reason === 'owes' || (reason === 'confirmation_awaited' && topic === 'confirm')) return null;
  if (reason === 'void') return { ruling: 'void' };
  return hold(reason, reason === 'standing_stale' ? now + 60_000 : null);
}

function brake({ isFrozen }: Row): unknown {
  return isFrozen ? hold('frozen') : null;
}

function darkness({ sight }: Row): unknown {
  const isBlind = sight === 'never' || sight === 'longer ago than ten minutes';
  return isBlind ? hold('intake_blind', now + 10 * 60_000) : null;
}

const judgementOn = (row: Row): Judgement => judge(frozen(evidenceOf(row)));

describe('judge', () => {
  it.each(steps)('rules on every kind of evidence for: %s', (step) => {
    const rows = rowsOf(step);
    expect(rows.length).toBeGreaterThan(1000);
    for (const row of rows) {
      // A message for every row would cost more than the judging.
      const judgement = judgementOn(row);
      const ruled = rule(row);
      if (JSON.stringify(judgement) !== JSON.stringify(ruled))
        expect({ row, judgement }).toEqual({ row, judgement: ruled });
    }
  });

  it('P-8 TT-5 lets no brake, no mode and no standing delay what gives back', () => {
    for (const step of ['lift', 'close', 'unrestrict'] as const)
      expect(rowsOf(step).every((row) => judgementOn(row).ruling === 'grant')).toBe(true);
  });

  it.each(['limit', 'pause', 'decommission'] as const)(
    'takes something away in one kind of circumstances: %s',
    (step) => {
      const granted = rowsOf(step).filter((row) => judgementOn(row).ruling === 'grant');
      expect(granted.length).toBeGreaterThan(0);
      for (const row of granted) {
        expect(row).toMatchObject({ mode: 'enforce', isFrozen: false });
        expect(['ten minutes ago', 'now']).toContain(row.sight);
        expect(reasonOf[row.standing]).toBe('owes');
        expect(['never', 'long before the read']).toContain(row.lift);
        expect(['with just the lead', 'for this moment', 'for just a lead ago']).toContain(row.notice);
        expect(exemptions[row.exemption]?.until ?? 0).toBeLessThanOrEqual(now);
        expect(immunities[row.immunity]?.until ?? 0).toBeLessThanOrEqual(now);
        if (step === 'decommission') expect(row.approval).toBe('live');
      }
    },
  );

  it('P-1 trusts a read for sixty seconds', () => {
    expect(longestStandingAgeMs).toBe(60_000);
  });
});

describe('judge: policies that need no notice', () => {
  const untold = (step: 'limit' | 'pause' | 'decommission', changes: Partial<Policy>) =>
    judge({
      ...evidenceOf({
        ...rowsOf(step)[0]!,
        mode: 'enforce',
        isFrozen: false,
        standing: 'owing',
        notice: 'none',
        lift: 'never',
        approval: 'live',
        exemption: 'none',
        immunity: 'none',
        sight: 'now',
      }),
      policy: { ...policy, ...changes },
    });

  it('P-4 TT-17 pauses at once where the policy says so, and nowhere else', () => {
    expect(untold('pause', { pause: immediatePolicy.pause })).toEqual(grant);
    expect(untold('pause', {})).toEqual(hold('notice_missing'));
  });

  it('TT-14 stops growth without a notice where the policy says so', () => {
    expect(untold('limit', { limit: { afterMs: 0, leadMs: 0 } })).toEqual(grant);
    expect(untold('limit', {})).toEqual(hold('notice_missing'));
  });

  it('TT-4 never deletes without a notice, not even where the policy has lost the rule', () => {
    expect(untold('decommission', { decommission: null })).toEqual(hold('notice_missing'));
  });
});

describe('judge: the terms on record', () => {
  const free = { mode: 'enforce' as const, frozen: false, sightedAt: now };
  const owing = { ...evidenceOf(rowsOf('remind')[0]!), ...free };

  it('TT-8 finds nothing owed when the only debt was forgiven', () => {
    const standing = standingOf([invoiceFact()], now);
    const forgiven = [invoiceFact().id];
    expect(judge({ ...owing, topic: 'reminder', standing, terms: { forgiven, agreement: null } })).toEqual({
      ruling: 'void',
    });
  });

  it('TT-12 counts a payment on its way for as long as the policy says, by its own clock', () => {
    const at = (since: number) =>
      judge({
        ...owing,
        topic: 'reminder',
        standing: standingOf([invoiceFact({ processingSince: since })], now),
      });
    expect(at(now - policy.longestProcessingMs + 1)).toEqual(hold('payment_in_flight'));
    expect(at(now - policy.longestProcessingMs)).toEqual(grant);
  });

  it('EC-3 counts a payment that was never confirmed as failed once the wait is over', () => {
    const invoice = invoiceFact({ firstFailedAt: null, confirmationSince: day(2) });
    const standing = standingOf([invoice], now);
    expect(judge({ ...owing, topic: 'reminder', anchorAt: day(9), standing })).toEqual(grant);
    const later = standingOf([{ ...invoice, confirmationSince: now - HOUR_MS }], now);
    expect(judge({ ...owing, topic: 'reminder', anchorAt: day(9), standing: later })).toEqual(
      hold('confirmation_awaited'),
    );
  });
});
