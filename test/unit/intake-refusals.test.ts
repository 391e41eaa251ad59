import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Refusal } from '../../src/db/queries/refusals.js';
import { createRefusalLog } from '../../src/http/webhooks/refusal-log.js';

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const traces = { headerHash: 'h', bodyHash: 'b', claimedEvent: 'evt_1' };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function aLog() {
  const rows: Refusal[] = [];
  const database = { isDown: false };
  const log = createRefusalLog({
    logger,
    record: (refusals) => {
      if (database.isDown) return Promise.reject(new Error('down'));
      rows.push(...refusals);
      return Promise.resolve();
    },
  });
  const times = () => rows.reduce((sum, row) => sum + row.times, 0);
  return { log, rows, database, times };
}

describe('the log of refused deliveries', () => {
  it('gives the first ones a row each with their traces, and counts the rest by reason', async () => {
    const { log, rows } = aLog();
    for (let n = 0; n < 500; n += 1) log.note(n % 2 === 0 ? 'signature_missing' : 'too_large', () => traces);
    await log.stop();
    expect(rows.filter(({ claimedEvent }) => claimedEvent !== null)).toHaveLength(60);
    expect(rows.filter(({ claimedEvent }) => claimedEvent === null)).toEqual([
      { reason: 'signature_missing', times: 220, headerHash: null, bodyHash: null, claimedEvent: null },
      { reason: 'too_large', times: 220, headerHash: null, bodyHash: null, claimedEvent: null },
    ]);
  });

  it('never hashes what has no row of its own', async () => {
    const { log } = aLog();
    let hashed = 0;
    for (let n = 0; n < 1_000; n += 1)
      log.note('cut_off', () => {
        hashed += 1;
        return traces;
      });
    await log.stop();
    expect(hashed).toBe(60);
  });

  it('keeps an hour’s flood in a bounded number of rows, and its number exactly', async () => {
    const { log, rows, times } = aLog();
    const seconds = 3_600;
    for (let second = 0; second < seconds; second += 1) {
      for (let n = 0; n < 20; n += 1) log.note('signature_mismatch', () => traces);
      await vi.advanceTimersByTimeAsync(1_000);
    }
    await log.stop();
    expect(times()).toBe(seconds * 20);
    // Sixty at once, six a minute, and one count a minute.
    expect(rows.length).toBeLessThanOrEqual(60 + 360 + 61);
  });

  it('writes counts within the minute, and rows within seconds', async () => {
    const { log, times } = aLog();
    for (let n = 0; n < 100; n += 1) log.note('signature_mismatch', () => traces);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(times()).toBe(60);
    await vi.advanceTimersByTimeAsync(59_000);
    expect(times()).toBe(100);
    await log.stop();
  });

  it('keeps the number of what the database did not take, and writes it when it is back', async () => {
    const { log, database, times } = aLog();
    database.isDown = true;
    for (let n = 0; n < 200; n += 1) log.note('signature_mismatch', () => traces);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(times()).toBe(0);
    database.isDown = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(times()).toBe(200);
    await log.stop();
    expect(times()).toBe(200);
  });
});
