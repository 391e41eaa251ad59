import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accessLevels,
  accessUnder,
  allowedUnder,
  impose,
  stands,
  without,
  type Access,
  type Allowed,
  type Restriction,
  type RestrictionReason,
} from '../../../src/domain/restrictions.js';
import { applyChange } from '../../../src/guard/change.js';
import { day, frozen, membersOf, product } from '../../support/facts.js';

// The order is that of DESIGN.md §3, written down again: a level that is added has to find its place here too.
const strength: Record<Access, number> = {
  active: 0,
  grace_period: 1,
  read_only: 2,
  suspended: 3,
  revoked_pending: 4,
  revoked: 5,
  decommissioned: 6,
};
const levels = membersOf<Access>({
  active: true,
  grace_period: true,
  read_only: true,
  suspended: true,
  revoked_pending: true,
  revoked: true,
  decommissioned: true,
});
const reasons = membersOf<RestrictionReason>({
  nonpayment: true,
  dispute: true,
  fraud: true,
  ended: true,
  drift: true,
  manual: true,
});

const restriction = (reason: RestrictionReason, access: Access, since = day(0)): Restriction => ({
  reason,
  access,
  owner: 'forbear',
  evidence: `${reason} at ${since}`,
  since,
});

const anyRestriction = fc.record({
  reason: fc.constantFrom(...reasons),
  access: fc.constantFrom(...levels),
  since: fc.integer({ min: day(0), max: day(30) }),
});
const anySet = fc
  .array(anyRestriction, { maxLength: 12 })
  .map((rows) =>
    rows.reduce<readonly Restriction[]>(
      (set, r) => impose(set, restriction(r.reason, r.access, r.since)),
      [],
    ),
  );

describe('accessUnder', () => {
  it('orders the levels as the glossary does', () => {
    expect(accessLevels.map((level) => strength[level])).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('is active when nothing is restricted', () => {
    expect(accessUnder([])).toBe('active');
  });

  it.each(product({ one: levels, other: levels }))(
    'P-5 leaves what the stronger of $one and $other leaves',
    ({ one, other }) => {
      const set = [restriction('dispute', one), restriction('nonpayment', other)];
      expect(accessUnder(frozen(set))).toBe(strength[one] >= strength[other] ? one : other);
    },
  );
});

describe('impose', () => {
  it.each(product({ had: levels, gets: levels }))(
    'makes $had and then $gets, for one reason, the stronger of both',
    ({ had, gets }) => {
      const before = frozen([restriction('nonpayment', had, day(0))]);
      const [after, ...more] = impose(before, restriction('nonpayment', gets, day(5)));
      expect(more).toEqual([]);
      const isStronger = strength[gets] > strength[had];
      expect(after?.access).toBe(isStronger ? gets : had);
      expect(after?.since, 'since is when the reason first arose').toBe(day(0));
      expect(after?.evidence).toBe(`nonpayment at ${isStronger ? day(5) : day(0)}`);
    },
  );

  it.each([
    { had: day(10), gets: day(20), is: day(20) },
    { had: day(20), gets: day(10), is: day(20) },
    { had: day(10), gets: null, is: null },
    { had: null, gets: day(10), is: null },
  ])('that ends at $had and is ordered until $gets ends at $is: the later counts', ({ had, gets, is }) => {
    const until = (end: number | null) => ({
      ...restriction('manual', 'suspended'),
      ...(end !== null && { until: end }),
    });
    expect(impose([until(had)], until(gets))[0]?.until ?? null).toBe(is);
    const milder = { ...restriction('manual', 'read_only'), until: day(90) };
    expect(impose([until(had)], milder), 'a milder one prolongs nothing').toEqual([until(had)]);
  });

  it('never weakens anything, leaves the other reasons as they are, and keeps one of each', () => {
    fc.assert(
      fc.property(anySet, anyRestriction, (set, { reason, access, since }) => {
        const after = impose(frozen(set), frozen(restriction(reason, access, since)));
        expect(strength[accessUnder(after)]).toBe(Math.max(strength[accessUnder(set)], strength[access]));
        expect(without(after, reason)).toEqual(without(set, reason));
        expect(new Set(after.map((r) => r.reason)).size).toBe(after.length);
      }),
    );
  });

  it('comes to the same set in whatever order reasons arise', () => {
    fc.assert(
      fc.property(
        fc
          .uniqueArray(anyRestriction, { selector: (r) => r.reason })
          .chain((rows) =>
            fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
          ),
        ([rows, shuffled]) => {
          const setOf = (list: typeof rows) =>
            list.reduce<readonly Restriction[]>(
              (set, r) => impose(set, restriction(r.reason, r.access, r.since)),
              [],
            );
          expect(setOf(shuffled)).toEqual(setOf(rows));
        },
      ),
    );
  });
});

describe('without', () => {
  it.each(product({ lifted: reasons, other: reasons }))(
    'P-5 takes back $lifted and not $other',
    ({ lifted, other }) => {
      const set = impose([restriction(other, 'suspended')], restriction(lifted, 'revoked'));
      const after = without(frozen(set), lifted);
      expect(after.map((r) => r.reason)).toEqual(lifted === other ? [] : [other]);
    },
  );

  it('changes nothing when that reason does not stand', () => {
    const set = [restriction('dispute', 'revoked')];
    expect(without(set, 'nonpayment')).toEqual(set);
  });
});

describe('applyChange', () => {
  const suspended = { reason: 'ended', access: 'suspended', owner: 'forbear', evidence: 'ended' } as const;
  const both = frozen([restriction('fraud', 'revoked'), restriction('nonpayment', 'suspended')]);

  it('changes nothing when an effect changes nothing', () => {
    expect(applyChange(both, null, day(3))).toBe(both);
  });

  it('P-5 TT-5 lifts one reason, so that what remains still decides the access', () => {
    const after = applyChange(both, { lift: ['nonpayment'] }, day(3));
    expect(after.map((r) => r.reason)).toEqual(['fraud']);
    expect(accessUnder(after)).toBe('revoked');
  });

  it('puts the new reason in the place of the old one in one change, dated by the claim', () => {
    const after = applyChange(both, { lift: ['nonpayment'], impose: suspended }, day(3));
    expect(after.map((r) => [r.reason, r.since])).toEqual([
      ['ended', day(3)],
      ['fraud', day(0)],
    ]);
  });

  it('lifts several reasons at once', () => {
    expect(applyChange(both, { lift: ['nonpayment', 'fraud', 'ended'] }, day(3))).toEqual([]);
  });

  it('imposes without lifting', () => {
    expect(applyChange([], { impose: suspended }, day(3))).toEqual([{ ...suspended, since: day(3) }]);
  });
});

describe('allowedUnder', () => {
  // What each level leaves, written down as a table.
  const table: Record<Access, readonly (keyof Allowed)[]> = {
    active: ['read', 'write', 'grow', 'run', 'export'],
    grace_period: ['read', 'write', 'grow', 'run', 'export'],
    read_only: ['read', 'run', 'export'],
    suspended: ['export'],
    revoked_pending: ['export'],
    revoked: [],
    decommissioned: [],
  };

  it.each(levels)('allows of %s what the table says', (level) => {
    const allowed = Object.entries(allowedUnder(level)).filter(([, isAllowed]) => isAllowed);
    expect(allowed.map(([what]) => what)).toEqual(table[level]);
  });

  it('never allows more under a harder level', () => {
    const count = (level: Access) => Object.values(allowedUnder(level)).filter(Boolean).length;
    const counts = accessLevels.map(count);
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
  });
});

describe('a restriction', () => {
  it('P-5 stands until its end, to the millisecond, and for ever where it has none', () => {
    const open = restriction('manual', 'suspended');
    expect(stands(open, Infinity)).toBe(true);
    expect(stands({ ...open, until: day(3) }, day(3) - 1)).toBe(true);
    expect(stands({ ...open, until: day(3) }, day(3))).toBe(false);
  });
});
