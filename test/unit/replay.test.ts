import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { linesOf, noCounts } from '../../src/cli/replay/counts.js';
import { wordsOnUnread } from '../../src/cli/replay/unread.js';
import { createProgress, lineOf } from '../../src/cli/replay/progress.js';

const span = { since: Date.UTC(2026, 10, 1), until: Date.UTC(2026, 10, 11) };

describe('how far a replay has come', () => {
  it('is told by the time that is covered, from the newest back', () => {
    expect(lineOf(span, span.until, 0)).toBe(
      `[${'-'.repeat(30)}]   0 %  0 events, back to 2026-11-11 00:00 UTC`,
    );
    expect(lineOf(span, Date.UTC(2026, 10, 6), 1_234)).toBe(
      `[${'#'.repeat(15)}${'-'.repeat(15)}]  50 %  1234 events, back to 2026-11-06 00:00 UTC`,
    );
    expect(lineOf(span, span.since, 9)).toContain('100 %');
  });

  it('is written on one line of a terminal, which is empty in the end, and nowhere else', () => {
    const written = (isTTY: boolean) => {
      const terminal = Object.assign(new PassThrough(), { isTTY });
      const progress = createProgress(span, terminal as unknown as NodeJS.WriteStream);
      progress.reached(span.since, 100);
      progress.end();
      return String(terminal.read() ?? '');
    };
    expect(written(false)).toBe('');
    expect(written(true)).toMatch(/^\r\u001b\[2K\[#{30}\] 100 % .*\r\u001b\[2K$/);
  });
});

describe('what a replay comes to', () => {
  it('is told in numbers that stand below each other, without what there was none of', () => {
    const counts = { ...noCounts, found: 120, fresh: 8, known: 112, again: 110 };
    expect(linesOf(counts, { dryRun: false, again: true })).toEqual([
      'Found 120 events at Stripe:',
      '    8  new, taken in',
      '  112  here already, 110 of them dispatched once more',
    ]);
    expect(linesOf({ ...counts, foreign: 2, skipped: 3 }, { dryRun: true, again: false })).toHaveLength(5);
  });

  it('IN-6 tells how many could not be read, and names as many as there is room for', () => {
    const counts = { ...noCounts, found: 25, fresh: 3, unreadable: 22 };
    expect(linesOf(counts, { dryRun: false, again: false }).at(-1)).toBe('  22  unreadable: not taken in');
    const odd = { event: null, id: 'evt_1', type: null, createdAt: null, why: 'it is odd' } as const;
    const words = wordsOnUnread({ counts, unreadable: [odd, { ...odd, id: null }] });
    expect(words).toContain('Stripe has 22 events that can’t be read, and nothing of them was taken in');
    expect(words).toContain('evt_1 (it is odd), one without an id (it is odd) and 20 more.');
    expect(wordsOnUnread({ counts: { ...counts, unreadable: 0 }, unreadable: [] })).toBeNull();
  });
});
