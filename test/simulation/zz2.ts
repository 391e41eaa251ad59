import { createWorld, runWorld } from './engine.js';
import { violationsIn } from './invariants.js';
const from = Number(process.argv[2] ?? 1),
  to = Number(process.argv[3] ?? 12),
  show = Number(process.argv[4] ?? 3);
const count: Record<string, number> = {};
const shown: Record<string, number> = {};
for (let seed = from; seed <= to; seed++) {
  const w = runWorld(createWorld(seed));
  for (const v of violationsIn(w)) {
    const k = v.invariant;
    count[k] = (count[k] ?? 0) + 1;
    const kk = k + v.text.slice(0, 14);
    shown[kk] = (shown[kk] ?? 0) + 1;
    if (shown[kk]! <= show)
      console.log(
        seed,
        v.account,
        v.invariant,
        ((v.at - w.startAt) / 864e5).toFixed(3),
        v.text,
        v.account !== null ? w.subjects[v.account]!.policy.name : '',
        w.faults.spells.skewed ? 'SKEW' : '',
      );
  }
}
console.log(count);
