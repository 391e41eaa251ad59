import { describe, expect, it } from 'vitest';
import { isKept, nextInstalmentAt } from '../../../src/domain/agreement.js';
import { agreementOf, day } from '../../support/facts.js';

const agreement = agreementOf({
  instalments: [
    { dueAt: day(10), mostRemainingMinor: 2000 },
    { dueAt: day(20), mostRemainingMinor: 1000 },
    { dueAt: day(30), mostRemainingMinor: 0 },
  ],
});

describe('TT-15 an agreement', () => {
  const rows: readonly [string, number, number, boolean][] = [
    ['nothing is due yet', day(9), 3000, true],
    ['its day has come, and lasts', day(10), 3000, true],
    ['its day is over, and nothing came', day(10) + 1, 3000, false],
    ['its day is over, and a cent is missing', day(10) + 1, 2001, false],
    ['its day is over, and it came', day(10) + 1, 2000, true],
    ['more came than was promised', day(10) + 1, 0, true],
    ['the second did not come', day(20) + 1, 2000, false],
    ['the second came', day(20) + 1, 1000, true],
    ['the last did not come', day(30) + 1, 1, false],
    ['all is paid', day(99), 0, true],
  ];
  it.each(rows)('is judged by each date that has passed: %s', (_, now, remainingMinor, kept) => {
    expect(isKept(agreement, remainingMinor, now)).toBe(kept);
  });

  it('names the next promised date, and none after the last', () => {
    expect([9, 10, 10.1, 30, 30.1].map((days) => nextInstalmentAt(agreement, day(days)))).toEqual([
      day(10),
      day(10),
      day(20),
      day(30),
      null,
    ]);
  });
});
