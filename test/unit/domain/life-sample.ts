import fc from 'fast-check';
import { formatInstant } from '../../../src/domain/time.js';
import { anyTimeline } from './life-arbitraries.js';
import { live, type Life, type Mind } from './life-simulator.js';
import type { Timeline } from './life-world.js';

/** Another one in every run; `LIFE_SEED=… npx vitest …` replays one byte for byte. */
export const seed = Number(process.env['LIFE_SEED'] ?? Date.now() % 2 ** 31);

export function timelines(count: number, from: fc.Arbitrary<Timeline> = anyTimeline): Timeline[] {
  return fc.sample(fc.noShrink(from), { numRuns: count, seed });
}

export type Lived = { readonly timeline: Timeline; readonly life: Life };

export const lives = (count: number, from: fc.Arbitrary<Timeline> = anyTimeline, mind?: Mind): Lived[] =>
  timelines(count, from).map((timeline) => ({ timeline, life: live(timeline, mind) }));

/** What was done and asked for in a life, a line each: to read when one has gone wrong. */
export function diaryOf({ performed, ordered }: Life): string {
  const acts = performed.map(({ at, act, outcome }) => {
    const { step, round, ...rest } = act;
    return { at, text: `${step} ${round} ${JSON.stringify(rest)}: ${JSON.stringify(outcome)}` };
  });
  const orders = ordered.map(({ at, request, refusal }) => ({
    at,
    text: `ordered ${JSON.stringify(request)}${refusal === null ? '' : `, refused: ${refusal}`}`,
  }));
  const lines = [...acts, ...orders].sort((a, b) => a.at - b.at);
  return lines.map(({ at, text }) => `${formatInstant(at, true)} ${text}`).join('\n');
}
