import { describe, expect, it } from 'vitest';
import { csvOf } from '../../src/cli/observe/csv.js';
import { saidOfSwitch } from '../../src/cli/observe/shown.js';
import { debtOf, pauseOf, viewShown } from '../../src/cli/observe/words.js';
import type { SwitchedOn } from '../../src/preview/switch-on.js';
import { compare, type Comparison, type TrialCase } from '../../src/preview/trial.js';
import type { WordKind } from '../../src/preview/words.js';
import { day, samplePolicy } from '../support/facts.js';
import { closedTrial, openTrial } from '../support/trials.js';

function compared(trial: TrialCase): Comparison {
  const result = compare(trial, day(20));
  if (typeof result === 'string') throw new Error(`left out: ${result}`);
  return result;
}
const word = (kind: WordKind, on: number) => [{ kind, at: day(on) }];

describe('a case of a trial, in words', () => {
  it.each<[TrialCase, string, string, string]>([
    [openTrial(), 'yes, on 2026-11-12', 'still owes', ''],
    [closedTrial(9), 'no: due on 2026-11-12', 'paid on 2026-11-11, 1 day before that', ''],
    [closedTrial(14), 'yes, on 2026-11-12', 'paid on 2026-11-16, 4 days after that', ''],
    [openTrial({ policy: { ...samplePolicy, pause: null } }), 'no: no pause is planned', 'still owes', ''],
    [
      openTrial({ words: word('restricted', 5) }),
      'yes, on 2026-11-12',
      'still owes',
      'restricted by hand on 2026-11-07: agree',
    ],
    [
      closedTrial(9, { words: word('restricted', 5) }),
      'no: due on 2026-11-12',
      'paid on 2026-11-11, 1 day before that',
      'restricted by hand on 2026-11-07: harder than Forbear',
    ],
    [
      openTrial({ words: word('agreed', 15) }),
      'yes, on 2026-11-12',
      'still owes',
      'agreed on instalments on 2026-11-17: against their judgement',
    ],
    [
      openTrial({ words: word('extended', 5) }),
      'yes, on 2026-11-12',
      'still owes',
      'gave time on 2026-11-07: Forbear would have obeyed',
    ],
  ])('%#', (trial, pause, debt, view) => {
    const one = compared(trial);
    expect([pauseOf(one), debtOf(one), viewShown(one)]).toEqual([pause, debt, view]);
  });

  it('is no formula in a spreadsheet, whatever the app calls its account, and one cell', () => {
    const named = (ref: string) => compared(openTrial({ ref }));
    const [, first, second, third] = csvOf([named('=1+1'), named('a,"b"'), named('@x, y')]).split('\r\n');
    expect(first).toMatch(/^'=1\+1,case-1,/);
    expect(second).toMatch(/^"a,""b""",case-1,/);
    expect(third).toMatch(/^"'@x, y",case-1,/);
  });
});

describe('what switching on would do, in a sentence', () => {
  const quiet: SwitchedOn = {
    open: 0,
    waiting: 0,
    firstDay: { notices: 0, limits: 0, pauses: 0, restrictions: 0 },
    firstPauseAt: null,
    pausedUntold: 0,
  };
  it.each<[Partial<SwitchedOn>, string]>([
    [
      {},
      'Switched to enforce now (0 open cases): within the first day 0 customers are written to, 0 accounts are paused. Nobody is paused without a fresh notice that names the day.',
    ],
    [
      { open: 3, waiting: 1, firstDay: { ...quiet.firstDay, notices: 1 }, firstPauseAt: day(3) },
      'Switched to enforce now (3 open cases, 1 of which go on waiting for a payment under way or an answer): within the first day 1 customer is written to, 0 accounts are paused. Nobody is paused without a fresh notice that names the day: the first pause can come on 2026-11-05 09:00 UTC.',
    ],
    [
      {
        open: 2,
        firstDay: { notices: 2, limits: 1, pauses: 2, restrictions: 1 },
        firstPauseAt: day(0),
        pausedUntold: 2,
      },
      'Switched to enforce now (2 open cases): within the first day 2 customers are written to, 1 account is made read-only, 2 accounts are paused, 1 order to restrict by hand is carried out. 2 accounts are paused without a notice before, as their policy says (immediate).',
    ],
  ])('%#', (changes, sentence) => {
    expect(saidOfSwitch({ ...quiet, ...changes })).toBe(sentence);
  });
});
