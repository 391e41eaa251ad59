import { loadCore } from './core-loader.js';
import { mutants, tryMutant } from './mutants.js';
const t = process.cpuUsage();
const only = process.argv[2];
console.log('sound', tryMutant({ name: 'sound', core: () => loadCore() }, 1, 20));
const start = Number(process.argv[3] ?? 0);
for (const m of mutants.slice(start)) {
  if (only && !m.name.includes(only)) continue;
  try {
    const c = process.cpuUsage();
    const r = tryMutant(m, 1, 20);
    const u = process.cpuUsage(c);
    console.log(
      r.killedBy ? 'killed' : 'ALIVE ',
      r.worlds,
      Math.round(u.user / 1e3) + 'ms',
      m.name,
      '—',
      r.killedBy?.invariant,
      r.killedBy?.text,
    );
  } catch (e) {
    console.log('ERR', m.name, String(e).slice(0, 150));
  }
}
const u = process.cpuUsage(t);
console.log(mutants.length, 'cpu s', u.user / 1e6);
