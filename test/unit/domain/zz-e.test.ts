import fc from 'fast-check';
import { it } from 'vitest';
import { HOUR_MS } from '../../../src/domain/time.js';
import { day } from '../../support/facts.js';
import { anyPolicy } from './life-arbitraries.js';
import { live } from './life-simulator.js';
import { debtOf, quiet } from './life-world.js';
const hours = (from: number, to: number) => fc.integer({ min: from, max: to }).map((n) => n * HOUR_MS);
it('x', () => {
  const chains = fc.record({ everyMs: hours(24, 20 * 24), overlapMs: hours(1, 48), policy: anyPolicy.filter((p) => p.pause !== null) });
  for (const { everyMs, overlapMs, policy } of fc.sample(chains, { seed: 2132502921, numRuns: 40 })) {
    const debts = Array.from({ length: 80 }, (_, i) => debtOf({ overdueAt: day(0) + i * everyMs, paidAt: day(0) + (i + 1) * everyMs + overlapMs }));
    const t=Date.now(); const l = live(quiet({ policy, debts, startAt: day(0), endAt: day(0) + 80 * everyMs }));
    console.log(Date.now()-t, l.looks.length, l.performed.length, l.performed.slice(-3).map(p=>p.act.step+((p.act as any).topic??'')+p.outcome.status+(p.outcome as any).reason).join(' '), l.file.findings.length);
  }
}, 120000);
