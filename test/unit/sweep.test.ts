import { describe, expect, it } from 'vitest';
import { sweepOf } from '../../src/cli/doctor/sweep.js';
import { linesOf } from '../../src/cli/sweep.js';
import { readApiConfig } from '../../src/config.js';
import { nothingSwept, sumOfSweeps } from '../../src/domain/sweep.js';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/domain/time.js';
import { createPace } from '../../src/pace.js';
import { lookAtSweep, withoutSweeps } from '../../src/watch/sweep.js';

const everyMs = 15 * MINUTE_MS;

describe('the watch over the sweeps', () => {
  const look = (sinceMs: number | null, behind: number, aliveMs = 24 * HOUR_MS) =>
    lookAtSweep({ sinceMs, behind }, { everyMs, aliveMs }).found.map(({ key, severity }) => [key, severity]);

  it('is silent while each comes and everybody has his turn', () => {
    expect(look(20 * MINUTE_MS, 0)).toEqual([]);
    expect(look(3 * everyMs, 0)).toEqual([]);
  });

  it('wakes somebody when none has ended for three intervals, or none ever came', () => {
    expect(look(3 * everyMs + 1, 0)).toEqual([['sweep_stopped', 'page']]);
    expect(look(null, 0)).toEqual([['sweep_stopped', 'page']]);
  });

  it('says when accounts wait for longer than a whole interval more than they should', () => {
    expect(look(MINUTE_MS, 1)).toEqual([['sweep_behind', 'warning']]);
  });

  it('gives them time after an outage, and where they are new', () => {
    expect(look(null, 7, 20 * MINUTE_MS)).toEqual([]);
    expect(look(9 * HOUR_MS, 7, 20 * MINUTE_MS)).toEqual([]);
  });

  it('ends its alerts where nobody sweeps any more', () => {
    expect(withoutSweeps()).toEqual({ found: [], looked: ['sweep_stopped', 'sweep_behind'] });
  });
});

describe('what the doctor says of the sweeps', () => {
  const now = Date.UTC(2026, 11, 1);
  const last = (agoMs: number, failed = 0) => ({
    endedAt: new Date(now - agoMs),
    looked: 3,
    mended: 1,
    failed,
  });

  it('warns while they are off, are late, or could not look at somebody', () => {
    expect(sweepOf(last(MINUTE_MS), 0, now)).toMatchObject({ state: 'warning' });
    expect(sweepOf(last(HOUR_MS), everyMs, now)).toMatchObject({ state: 'warning' });
    expect(sweepOf(last(MINUTE_MS, 1), everyMs, now)).toMatchObject({ state: 'warning' });
  });

  it('says when the last one was and what it came to', () => {
    const text = 'ended 2 min ago: 3 read again, 1 mended, 0 failed';
    expect(sweepOf(last(2 * MINUTE_MS), everyMs, now)).toMatchObject({ state: 'ok', text });
    expect(sweepOf(null, everyMs, now)).toMatchObject({ state: 'unknown' });
  });
});

describe('what forbear sweep prints', () => {
  it('is a line for each kind of what was found, the most frequent first', () => {
    const found = { paid: 1, agrees: 10, billing_unavailable: 2 };
    expect(linesOf({ id: 7, looked: 11, mended: 1, failed: 2, found, isWhole: false })).toEqual([
      'Sweep 7: 11 accounts read again, 1 mended, 2 failed.',
      '  10  as their cases say',
      '   2  not looked at: billing_unavailable',
      '   1  paid, and what was taken is given back or the case closed',
      'Not everybody had his turn in its time: the next one goes on there.',
    ]);
  });

  it('adds up page by page', () => {
    const page = { looked: 2, mended: 1, failed: 1, found: { agrees: 1, paid: 1 } };
    const sum = sumOfSweeps(sumOfSweeps(nothingSwept, page), { ...page, found: { owed: 1 } });
    expect(sum).toEqual({ looked: 4, mended: 2, failed: 2, found: { agrees: 1, paid: 1, owed: 1 } });
  });
});

describe('the rate of a sweep', () => {
  const never = new AbortController().signal;

  it('lets everybody wait for his turn, however many ask at once', async () => {
    const waits: number[] = [];
    let now = 1_000;
    const pause = (ms: number) => Promise.resolve(void waits.push(ms));
    const nextTurn = createPace(4, { nowMs: () => now, pause });
    await Promise.all([nextTurn(never), nextTurn(never), nextTurn(never)]);
    expect(waits).toEqual([250, 500]);
    now += 600;
    await nextTurn(never);
    now += 60_000;
    await nextTurn(never);
    expect(waits).toEqual([250, 500, 150]);
  });

  it('keeps nobody who has been stopped', async () => {
    const nextTurn = createPace(1 / 3_600);
    await nextTurn(never);
    await expect(nextTurn(AbortSignal.abort())).rejects.toThrow();
  });
});

describe('the interval of the sweeps', () => {
  const settings = {
    DATABASE_URL: 'postgres://user@localhost/forbear',
    STRIPE_SECRET_KEY: 'sk_test_1',
    STRIPE_WEBHOOK_SECRET: 'whsec_1',
  };

  it('is a quarter of an hour unless told, an hour at most, and 0 for never', () => {
    const read = (minutes?: string) =>
      readApiConfig({ ...settings, FORBEAR_SWEEP_EVERY_MINUTES: minutes }).sweepEveryMs;
    expect([read(), read('5'), read('0')]).toEqual([15 * MINUTE_MS, 300 * SECOND_MS, 0]);
    expect(() => read('61')).toThrow('FORBEAR_SWEEP_EVERY_MINUTES');
    expect(() => read('often')).toThrow('FORBEAR_SWEEP_EVERY_MINUTES must be a whole number');
  });
});
