import fc from 'fast-check';
import { it } from 'vitest';
import { anyTimeline } from './life-arbitraries.js';
import { invariants } from './life-invariants.js';
import { live } from './life-simulator.js';
it('x', () => {
  const ts = fc.sample(anyTimeline, { numRuns: +(process.env.N??600), seed: +(process.env.SEED??1) });
  const bad = new Map<string, string[]>();
  for (const [i,t] of ts.entries()) {
    const l = live(t);
    for (const [name, check] of Object.entries(invariants)) { try { check(l,t);} catch(e) { const list=bad.get(name)??[]; list.push('#'+i+' '+(e as Error).message.split('\n')[0].slice(0,160)); bad.set(name,list);} }
  }
  for (const [name,list] of bad) console.log(list.length, name, '\n   ', list.slice(0,4).join('\n    '));
}, 300000);
