import { describe, expect, it } from 'vitest';
import type { Step } from '../../../src/domain/effect.js';
import {
  judge,
  longestStandingAgeMs,
  type EnforcementMode,
  type Evidence,
  type Judgement,
} from '../../../src/domain/judge.js';
import type { Standing } from '../../../src/domain/standing.js';
import {
  invoiceFact,
  day,
  frozen,
  membersOf,
  product,
  samplePolicy,
  standingOf,
  standingThatIs,
} from '../../support/facts.js';

const now = day(10);
const leadMs = 2 * (day(1) - day(0));
const policy = { ...samplePolicy, thresholdsMinor: { usd: 100 } };

const steps = membersOf<Step>({ remind: true, pause: true, lift: true, close: true });
const modes = membersOf<EnforcementMode>({ observe: true, enforce: true });

/** Every kind of standing that can lie before the guard, and what it is reason for. */
const standings = {
  none: null,
  'a minute old': standingThatIs('owing', now - longestStandingAgeMs),
  'older than a minute': standingThatIs('owing', now - longestStandingAgeMs - 1),
  'from the near future': standingThatIs('owing', now + longestStandingAgeMs),
  'from the far future': standingThatIs('owing', now + longestStandingAgeMs + 1),
  'old and clear': standingThatIs('clear', now - longestStandingAgeMs - 1),
  'cut short': standingThatIs('unclear', now),
  'cut short, with a debt in it': standingOf([invoiceFact()], now, { complete: false }),
  'with an unknown subscription': standingOf([invoiceFact()], now, { state: 'unknown' }),
  'with a debt that has no clock': standingOf([invoiceFact({ firstFailedAt: null, finalizedAt: null })], now),
  'with a payment on its way': standingThatIs('in_flight', now),
  clear: standingThatIs('clear', now),
  owing: standingThatIs('owing', now),
  'at the threshold': standingOf([invoiceFact({ remainingMinor: 100 })], now),
  'above the threshold': standingOf([invoiceFact({ remainingMinor: 101 })], now),
  'not overdue yet': standingOf([invoiceFact({ dueAt: now + 1 })], now),
  'overdue just now': standingOf([invoiceFact({ dueAt: now })], now),
} satisfies Record<string, Standing | null>;
type StandingKind = keyof typeof standings;

type Reason = 'owes' | 'void' | 'unclear' | 'stale' | 'in flight';
const reasonOf: Record<StandingKind, Reason> = {
  none: 'unclear',
  'a minute old': 'owes',
  'older than a minute': 'stale',
  'from the near future': 'owes',
  'from the far future': 'stale',
  'old and clear': 'stale',
  'cut short': 'unclear',
  'cut short, with a debt in it': 'unclear',
  'with an unknown subscription': 'unclear',
  'with a debt that has no clock': 'unclear',
  'with a payment on its way': 'in flight',
  clear: 'void',
  owing: 'owes',
  'at the threshold': 'void',
  'above the threshold': 'owes',
  'not overdue yet': 'void',
  'overdue just now': 'owes',
};

const notices = {
  none: null,
  'accepted too recently': { promisedAt: now, acceptedAt: now - leadMs + 1 },
  'with just the lead': { promisedAt: now, acceptedAt: now - leadMs },
  'for a later day': { promisedAt: now + 1, acceptedAt: now - 3 * leadMs },
  'for this moment': { promisedAt: now, acceptedAt: now - 3 * leadMs },
  'long ago': { promisedAt: now - leadMs, acceptedAt: now - 3 * leadMs },
} satisfies Record<string, Evidence['notice']>;
type NoticeKind = keyof typeof notices;

const earliestOf: Record<NoticeKind, 'never' | number> = {
  none: 'never',
  'accepted too recently': now + 1,
  'with just the lead': now,
  'for a later day': now + 1,
  'for this moment': now,
  'long ago': now - leadMs,
};

// A process that slept through the payment still holds what it read before it.
const lifts = { never: null, 'before the read': -1, 'at the read': 0, 'after the read': 1 } as const;
type LiftKind = keyof typeof lifts;

type Row = {
  readonly lift: LiftKind;
  readonly step: Step;
  readonly mode: EnforcementMode;
  readonly isFrozen: boolean;
  readonly standing: StandingKind;
  readonly notice: NoticeKind;
};

const hold = (reason: string, until: number | null = null) => ({ ruling: 'hold', reason, until });

/** The rules of DESIGN.md §2, read once more and written down apart from the code. */
function rule({ step, mode, isFrozen, standing, notice, lift }: Row): unknown {
  if (step === 'lift' || step === 'close') return { ruling: 'grant' };
  if (standing !== 'none' && (lift === 'at the read' || lift === 'after the read'))
    return hold('standing_stale', now + 60_000);
  const reason = reasonOf[standing];
  if (reason === 'unclear') return hold('standing_unclear');
  if (reason === 'stale') return hold('standing_stale', now + 60_000);
  if (reason === 'in flight') return hold('payment_in_flight');
  if (reason === 'void') return { ruling: 'void' };
  if (mode === 'observe') return hold('observing');
  if (isFrozen) return hold('frozen');
  const earliest = earliestOf[notice];
  if (step === 'pause' && earliest === 'never') return hold('notice_missing');
  if (step === 'pause' && earliest !== 'never' && earliest > now) return hold('notice_too_recent', earliest);
  return { ruling: 'grant' };
}

const rows = product({
  step: steps,
  mode: modes,
  isFrozen: [false, true],
  standing: Object.keys(standings) as StandingKind[],
  notice: Object.keys(notices) as NoticeKind[],
  lift: Object.keys(lifts) as LiftKind[],
});

function liftedAt({ standing, lift }: Row): number | null {
  const offset = lifts[lift];
  return offset === null ? null : (standings[standing]?.readAt ?? now) + offset;
}

function judgementOn(row: Row): Judgement {
  const { step, mode, isFrozen, standing, notice } = row;
  const evidence: Evidence = {
    step,
    now,
    mode,
    frozen: isFrozen,
    standing: standings[standing],
    policy,
    notice: notices[notice],
    liftedAt: liftedAt(row),
  };
  return judge(frozen(evidence));
}

describe('judge', () => {
  it.each(steps)(`rules on every ${rows.length / steps.length} kinds of evidence for: %s`, (step) => {
    for (const row of rows.filter((r) => r.step === step)) {
      expect(judgementOn(row), JSON.stringify(row)).toEqual(rule(row));
    }
  });

  it('TT-5 lets no brake, no mode and no standing delay what gives back', () => {
    const givingBack = rows.filter(({ step }) => step === 'lift' || step === 'close');
    expect(givingBack.map(judgementOn).every(({ ruling }) => ruling === 'grant')).toBe(true);
  });

  it('takes something away in exactly one kind of circumstances', () => {
    const granted = rows.filter((row) => row.step === 'pause' && judgementOn(row).ruling === 'grant');
    expect(granted.length).toBeGreaterThan(0);
    for (const row of granted) {
      expect(row).toMatchObject({ mode: 'enforce', isFrozen: false });
      expect(reasonOf[row.standing]).toBe('owes');
      expect(['never', 'before the read']).toContain(row.lift);
      expect(['with just the lead', 'for this moment', 'long ago']).toContain(row.notice);
    }
  });

  it('trusts a read for sixty seconds', () => {
    expect(longestStandingAgeMs).toBe(60_000);
  });
});
