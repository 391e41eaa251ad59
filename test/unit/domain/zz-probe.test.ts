import fc from 'fast-check';
import { it } from 'vitest';
import { anyTimeline } from '/work/main/test/unit/domain/life-arbitraries.js';
import { live } from '/work/main/test/unit/domain/life-simulator.js';
it('x', () => {
  const errors = new Map<string, number>();
  const ts = fc.sample(anyTimeline, { numRuns: 2000, seed: 1 });
  const t0 = Date.now();
  const acts = new Map<string, number>();
  let looks=0;
  for (const t of ts) {
    try { const l = live(t); looks+=l.looks.length; for (const p of l.performed) { const k = p.act.step + (p.act.step==='remind'?':'+p.act.topic:p.act.step==='lift'?':'+p.act.leaves:'')+' '+p.outcome.status+(p.outcome.status==='held'?' '+p.outcome.reason:''); acts.set(k,(acts.get(k)??0)+1);} }
    catch (e) { const m=(e as Error).message; const k=m.replace(/\d+/g,'#').slice(0,330); errors.set(k,(errors.get(k)??0)+1); }
  }
  console.log(Date.now()-t0, 'ms', looks, [...acts].sort().map(([k,v])=>k+' '+v).join('\n'));
  console.log([...errors].map(([k,v])=>v+' '+k).join('\n'));
});
