import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterFailure, causeOf, mostAttempts, type Cause } from '../../src/dispatcher/backoff.js';
import { SignallerUnreachable } from '../../src/dispatcher/signaller.js';
import { MINUTE_MS, SECOND_MS } from '../../src/domain/time.js';
import { PortError } from '../../src/ports/errors.js';

/** The waits of an event that fails again and again, until it is given up or has failed so often. */
function waitsOf(cause: Cause, most: number, failedBefore = 0): (number | null)[] {
  const waits: (number | null)[] = [];
  let attempts = failedBefore;
  for (let n = 0; n < most && waits.at(-1) !== null; n += 1) {
    const retry = afterFailure(attempts, cause, 1);
    attempts = retry.attempts;
    waits.push(retry.waitMs);
  }
  return waits;
}

const sum = (waits: readonly (number | null)[]) => waits.reduce<number>((all, ms) => all + (ms ?? 0), 0);

describe('an event that could not be told', () => {
  it('waits ever longer, up to ten minutes, and is given up after twelve attempts, in half an hour', () => {
    const waits = waitsOf('own', 100);
    const doubled = Array.from({ length: 10 }, (_, n) => 2 ** n * SECOND_MS);
    expect(waits).toEqual([...doubled, 10 * MINUTE_MS, null]);
    expect(waits).toHaveLength(mostAttempts);
    expect(sum(waits) / MINUTE_MS).toBeCloseTo(27, 0);
  });

  it('EC-13 is never given up in an outage, however long, and waits half a minute at most', () => {
    const waits = waitsOf('outage', 5_000);
    expect(waits).toHaveLength(5_000);
    expect(waits.slice(0, 7)).toEqual([1, 2, 4, 8, 16, 30, 30].map((s) => s * SECOND_MS));
    expect(Math.max(...waits.map((ms) => ms ?? Infinity))).toBe(30 * SECOND_MS);
  });

  it('has as much time after an outage as without one, nearly', () => {
    let attempts = 0;
    for (let n = 0; n < 1_000; n += 1) ({ attempts } = afterFailure(attempts, 'outage', 1));
    expect(sum(waitsOf('own', 100, attempts)) / MINUTE_MS).toBeGreaterThan(25);
  });

  it('keeps what it has failed by itself through an outage', () => {
    expect(afterFailure(9, 'outage', 1)).toEqual({ attempts: 9, waitMs: 30 * SECOND_MS });
  });

  it('is scattered by a fifth, and never waits longer than it may', () => {
    const failure = fc.tuple(fc.nat(20), fc.constantFrom<Cause>('own', 'outage'));
    fc.assert(
      fc.property(failure, fc.double({ min: 0, max: 1, noNaN: true }), ([failed, cause], dice) => {
        const longest = afterFailure(failed, cause, 1);
        const { attempts, waitMs } = afterFailure(failed, cause, dice);
        expect(attempts).toBe(longest.attempts);
        expect(waitMs === null).toBe(longest.waitMs === null);
        expect(waitMs ?? 0).toBeLessThanOrEqual(longest.waitMs ?? 0);
        expect(waitMs ?? 0).toBeGreaterThanOrEqual(0.8 * (longest.waitMs ?? 0) - 1);
      }),
    );
  });
});

describe('a failure', () => {
  it.each([
    ['outage', new SignallerUnreachable('away')],
    ['outage', new PortError('BILLING_UNAVAILABLE', '503')],
    ['own', new PortError('BILLING_REFUSED', '400')],
    ['own', new PortError('CUSTOMER_TAKEN', 'of another account')],
    ['own', new Error('history is full')],
    ['own', 'not even an error'],
  ] as const)('is %s for %s', (cause, error) => {
    expect(causeOf(error)).toBe(cause);
  });
});
