import { appendFileSync } from 'node:fs';
import fc from 'fast-check';
import { it } from 'vitest';
import { anyTimeline } from './life-arbitraries.js';
import { brokenBy } from './life-invariants.js';
import { live } from './life-simulator.js';
it('x', () => {
  const end = Date.now() + +(process.env.FOR ?? 60) * 1000;
  let n = 0;
  for (let seed = +(process.env.SEED ?? 1000); Date.now() < end; seed++) {
    for (const [i, t] of fc.sample(anyTimeline, { numRuns: 300, seed }).entries()) {
      n++;
      const forced = i % 3 === 1 ? { killedAfter: [i % 7, (i * 3) % 13] } : i % 3 === 2 ? { lostAfter: [i % 5, (i * 7) % 11] } : {};
      const timeline = { ...t, ...forced };
      try {
        const life = live(timeline);
        const bad = [...brokenBy(life, timeline)].filter(([name]) => i % 3 === 0 || /sleeps|exempt|comes to an end|names only/.test(name));
        if (bad.length) appendFileSync('/tmp/hunt/out', `${seed} ${i} ${i % 3} ${JSON.stringify(bad)}\n`);
      } catch (e) { appendFileSync('/tmp/hunt/out', `${seed} ${i} ${i % 3} ${(e as Error).message.slice(0, 300)}\n`); }
    }
  }
  appendFileSync('/tmp/hunt/out', `lives ${n}\n`);
}, 3600000);
