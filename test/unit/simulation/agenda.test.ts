import { describe, expect, it } from 'vitest';
import { createAgenda } from '../../simulation/agenda.js';
import { diceOf } from '../../simulation/random.js';

describe('the agenda of a simulated world', () => {
  it('tells the soonest first, and of the same instant what was entered first, whichever way it came', () => {
    const agenda = createAgenda<number>();
    const dice = diceOf(1);
    const entered: { at: number; what: number }[] = [];
    const enter = (at: number, isLast: boolean) => {
      const what = entered.length;
      entered.push({ at, what });
      if (isLast) agenda.enterLast(at, what);
      else agenda.enter(at, what);
    };
    for (let n = 0; n < 20; n += 1) enter(dice.whole(0, 9), false);
    const told: { at: number; what: number }[] = [];
    for (let next = agenda.next(); next !== null; next = agenda.next()) {
      told.push({ at: next.at, what: next.what });
      // What comes again after a fixed while goes into the queue, past the point where what was read of it is dropped.
      if (entered.length < 12_000) enter(next.at + 10, true);
      if (entered.length < 12_000 && dice.chance(0.2)) enter(next.at + dice.whole(0, 30), false);
    }
    expect(told).toEqual([...entered].sort((a, b) => a.at - b.at || a.what - b.what));
    expect(agenda.size).toBe(0);
  });
});
