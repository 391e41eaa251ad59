import fc from 'fast-check';
import { it } from 'vitest';
import { anyTimeline } from './life-arbitraries.js';
import { live } from './life-simulator.js';
import { diaryOf } from './life-sample.js';
it('x', () => {
  const [seed, i] = process.env.L!.split(' ').map(Number) as [number, number];
  const t = fc.sample(anyTimeline, { numRuns: 300, seed })[i]!;
  const timeline = { ...t, ...(i % 3 === 1 ? { killedAfter: [i % 7, (i * 3) % 13] } : i % 3 === 2 ? { lostAfter: [i % 5, (i * 7) % 11] } : {}) };
  const { policy: {reminders, limit, pause, decommission, dwellMs} } = timeline;
  console.log(JSON.stringify({reminders, limit, pause, decommission, dwellMs, debts: timeline.debts, lost: timeline.lostAfter, frozen: timeline.frozen}));
  const l = live(timeline);
  console.log(diaryOf(l)); console.log(JSON.stringify(l.file), JSON.stringify(l.ledger.restrictions));
});
