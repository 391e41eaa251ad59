import { createWorld, runWorld } from '/work/wt/simulator/test/simulation/engine.js';
const t0=performance.now();const c0=process.cpuUsage(); let n=0; const st:Record<string,number>={}; let marks=0; const k:Record<string,number>={};const hold:Record<string,number>={}
for (let seed=1; seed<=12; seed++){ const t=performance.now(); const w=runWorld(createWorld(seed)); n+=w.subjects.length;
 for(const s of w.subjects){ for(const x of s.stages) st[x]=(st[x]??0)+1; if (s.ledger.effects.some(e=>e.act.step==='lift'&&e.outcome?.status==='done')) st.lifted=(st.lifted??0)+1; marks+=s.marks.length; for(const m of s.marks){k[m.kind]=(k[m.kind]??0)+1; if(m.kind==='found') console.log(seed,s.index,m.text); if(m.kind==='claim'&&m.reason) hold[m.reason+(m.breaker??'')]=(hold[m.reason+(m.breaker??'')]??0)+1;}}
 console.log(seed, Math.round(performance.now()-t)+'ms', w.intake.findings);}
const cc=process.cpuUsage(c0);console.log('cpu', Math.round(n/((cc.user+cc.system)/1e6))+'/s');console.log(n, Math.round(n/(performance.now()-t0)*1000)+'/s', st, marks/n, k, hold);
