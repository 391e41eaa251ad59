import { describe, expect, it } from 'vitest';
import type { Alert } from '../../src/ports/alerts.js';
import { createSteady } from '../../src/watch/steady.js';

const alert = (key: string): Alert => ({ key, severity: 'page', title: '', text: '', remedy: '' });
const look = (found: readonly string[], looked = ['worker_dead', 'wrong_secret']) => ({
  found: found.map(alert),
  looked,
});

/** What is told at each of these instants, in seconds, and what is said to be well. */
function over(looks: readonly (readonly [number, ReturnType<typeof look>])[]) {
  const steady = createSteady(60_000);
  return looks.map(([seconds, one]) => {
    const { found, looked, isSure } = steady(one, seconds * 1_000);
    return { found: found.map(({ key }) => key), looked, isSure };
  });
}

describe('what may pass by itself', () => {
  it('is told once it was found for a minute, and until then is neither told nor well', () => {
    const idle = look(['worker_dead']);
    expect(
      over([
        [0, idle],
        [59, idle],
        [60, idle],
        [120, look([])],
      ]),
    ).toEqual([
      { found: [], looked: ['wrong_secret'], isSure: false },
      { found: [], looked: ['wrong_secret'], isSure: false },
      { found: ['worker_dead'], looked: ['worker_dead', 'wrong_secret'], isSure: true },
      { found: [], looked: ['worker_dead', 'wrong_secret'], isSure: true },
    ]);
  });

  it('begins anew when it was away in between', () => {
    const idle = look(['worker_dead']);
    expect(
      over([
        [0, idle],
        [50, look([])],
        [100, idle],
      ]).map(({ found }) => found),
    ).toEqual([[], [], []]);
  });

  it('is not what does not pass by itself: that is told at once', () => {
    expect(over([[0, look(['wrong_secret'])]])[0]?.found).toEqual(['wrong_secret']);
  });
});
