import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../../src/domain/time.js';
import {
  decideAfterEvents,
  eventTypes,
  expectedOf,
  ordersOf,
  situations,
  standsAs,
  type Arrival,
  type Situation,
} from '../../simulation/orders-of-events.js';
import { diceOf } from '../../simulation/random.js';
import { loadCore } from '../../simulation/core-loader.js';
import type { Core } from '../../simulation/core.js';

/** The orders of these arrivals that do not come to what the model says. */
function wrongAmong(situation: Situation, all: Iterable<readonly Arrival[]>, core?: Core) {
  const wrong: { readonly arrivals: readonly Arrival[]; readonly stands: string }[] = [];
  let count = 0;
  for (const arrivals of all) {
    const subject = decideAfterEvents(situation, arrivals, core);
    const at = (subject.truth.debts[0]?.overdueAt ?? 0) + 6 * DAY_MS;
    if (standsAs(subject) !== expectedOf(subject, at)) wrong.push({ arrivals, stands: standsAs(subject) });
    count += 1;
  }
  return { wrong, count };
}

const events = (length: number) => eventTypes.slice(0, length);
const once = (types: readonly string[]) => types.map((type) => ({ type, n: 1 }));

function* every(length: number): Generator<readonly Arrival[]> {
  for (const order of ordersOf(events(length))) yield once(order);
}

/** Each of them lost, once, or twice, in every combination. */
function* spoilt(length: number): Generator<readonly Arrival[]> {
  for (const order of ordersOf(events(length))) {
    for (let code = 0; code < 3 ** length; code += 1)
      yield order.map((type, place) => ({ type, n: Math.floor(code / 3 ** place) % 3 }));
  }
}

/** In every order, with losses and doubles that are drawn for each. */
function* drawn(length: number): Generator<readonly Arrival[]> {
  const dice = diceOf(7);
  for (const order of ordersOf(events(length))) yield order.map((type) => ({ type, n: dice.whole(0, 2) }));
}

describe('EC-10 EC-11 I3: whatever the order of events, the decision is the model’s', () => {
  describe.each(situations)('for an account that %s', (situation) => {
    it.each([1, 2, 3, 4, 5, 6, 7])('in every order of %i events', (length) => {
      expect(wrongAmong(situation, every(length)).wrong).toEqual([]);
    });

    it.each([1, 2, 3, 4])('with any of %i events lost or doubled', (length) => {
      expect(wrongAmong(situation, spoilt(length)).wrong).toEqual([]);
    });

    it.each([5, 6, 7])('in every order of %i events, some lost, some doubled', (length) => {
      expect(wrongAmong(situation, drawn(length)).wrong).toEqual([]);
    });
  });

  it('finds out a core that is three days late', () => {
    const late = loadCore([
      {
        file: 'src/domain/standing.ts',
        from: '(clockOf(i, policy) ?? Infinity) <= now;',
        to: '(clockOf(i, policy) ?? Infinity) <= now - 259_200_000;',
      },
    ]);
    expect(wrongAmong('owes', every(2), late).wrong).not.toEqual([]);
  });
});
