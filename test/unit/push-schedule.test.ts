import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf } from '../../src/cli/webhook/add.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/domain/time.js';
import { givenUpAfterMs, healthAfter, slotsOf, waitAfter } from '../../src/push/schedule.js';
import { makeSecret, rotated, secretsAt } from '../../src/push/secrets.js';

describe('what has not arrived waits', () => {
  it('ever longer, up to an hour', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 1_000].map((attempts) => waitAfter(attempts, null, 0.5));
    expect(waits).toEqual([
      ...[5 * SECOND_MS, 30 * SECOND_MS, 2 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS],
      ...[HOUR_MS, HOUR_MS, HOUR_MS],
    ]);
  });

  it('scattered by a fifth to either side, so that what failed together does not come back together', () => {
    expect(waitAfter(6, null, 0)).toBe(0.8 * HOUR_MS);
    expect(waitAfter(6, null, 1)).toBe(1.2 * HOUR_MS);
  });

  it('as long as the endpoint asks for where that is longer, and no longer than an hour for it', () => {
    expect(waitAfter(1, MINUTE_MS, 0.5)).toBe(MINUTE_MS);
    expect(waitAfter(4, MINUTE_MS, 0.5)).toBe(10 * MINUTE_MS);
    expect(waitAfter(1, 10 * DAY_MS, 0.5)).toBe(HOUR_MS);
  });
});

describe('an answer', () => {
  const now = 100 * DAY_MS;

  it('of any 2xx has arrived, whatever was before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 299 }), fc.option(fc.nat(now)), (status, since) => {
        expect(healthAfter(status, since, now)).toBe('arrived');
      }),
    );
  });

  it('of 410 wants no more', () => {
    expect(healthAfter(410, null, now)).toBe('gone');
  });

  it.each([null, 100, 199, 300, 307, 400, 401, 404, 429, 500, 503])(
    '%s has failed, and gives up only what has failed for five days',
    (status) => {
      expect(healthAfter(status, null, now)).toBe('failed');
      expect(healthAfter(status, now - givenUpAfterMs + 1, now)).toBe('failed');
      expect(healthAfter(status, now - givenUpAfterMs, now)).toBe('given_up');
    },
  );

  it('that failed has the endpoint tried with one delivery at a time', () => {
    expect(slotsOf(null)).toBeGreaterThan(1);
    expect(slotsOf(now)).toBe(1);
  });
});

describe('secrets', () => {
  const only = [{ secret: 'whsec_1', until: null }];
  const now = 100 * DAY_MS;

  it('are 256 bits at random, as Standard Webhooks writes them', () => {
    const secret = makeSecret();
    expect(Buffer.from(secret.replace(/^whsec_/, ''), 'base64')).toHaveLength(32);
    expect(makeSecret()).not.toBe(secret);
  });

  it('count side by side until the older one ends', () => {
    const both = rotated(only, 'whsec_2', now, HOUR_MS);
    expect(secretsAt(both, now + HOUR_MS - 1)).toEqual(['whsec_2', 'whsec_1']);
    expect(secretsAt(both, now + HOUR_MS)).toEqual(['whsec_2']);
  });

  it('that have leaked count no more at once', () => {
    expect(rotated(only, 'whsec_2', now, 0)).toEqual([{ secret: 'whsec_2', until: null }]);
  });

  it('never count longer because there is another new one, and there are five of them at most', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(48 * HOUR_MS), { maxLength: 12 }), (overlaps) => {
        let [secrets, at] = [rotated([], 'whsec_0', 0, 0), 0];
        const ends = new Map<string, number>();
        for (const [index, overlapMs] of overlaps.entries()) {
          at += HOUR_MS;
          secrets = rotated(secrets, `whsec_${index + 1}`, at, overlapMs);
          for (const { secret, until } of secrets) {
            const end = until === null ? Infinity : Date.parse(until);
            expect(end).toBeLessThanOrEqual(ends.get(secret) ?? Infinity);
            ends.set(secret, end);
          }
        }
        expect(secrets.length).toBeLessThanOrEqual(5);
        expect(secretsAt(secrets, at)[0]).toBe(`whsec_${overlaps.length}`);
      }),
    );
  });
});

describe('an address', () => {
  it.each([
    ['https://app.example.com/webhooks/forbear', 'https://app.example.com/webhooks/forbear'],
    ['HTTPS://App.Example.com', 'https://app.example.com/'],
    ['http://localhost:3000/x', 'http://localhost:3000/x'],
    ['http://127.0.0.1:3000/x', 'http://127.0.0.1:3000/x'],
    ['http://[::1]:3000/x', 'http://[::1]:3000/x'],
  ])('%s is kept as %s', (given, kept) => {
    expect(addressOf(given, false)).toBe(kept);
  });

  it.each([
    ['app.example.com', 'must be an address'],
    ['ftp://app.example.com', 'must be an address'],
    ['https://user:word@app.example.com', 'leave user and password out'],
    ['https://app.example.com/#x', 'leave out what is behind #'],
    ['http://app.example.com', 'must begin with https'],
    ['http://127.0.0.1.example.com', 'must begin with https'],
  ])('%s is refused: %s', (given, why) => {
    expect(() => addressOf(given, false)).toThrow(why);
  });

  it('over plain http to another machine is taken when that is wanted', () => {
    expect(addressOf('http://app.internal/x', true)).toBe('http://app.internal/x');
  });
});
