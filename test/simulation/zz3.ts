import { createWorld, runWorld } from './engine.js';
const [seed, account] = process.argv.slice(2).map(Number);
const w = runWorld(createWorld(seed!));
const s = w.subjects[account!]!;
const d = (t: number | null) => (t === null ? 'null' : ((t - w.startAt) / 864e5).toFixed(4));
console.log(
  s.policy.name,
  s.truth.debts.map((x) => [
    d(x.overdueAt),
    d(x.paidAt),
    x.amountMinor,
    x.collection,
    x.inFlight && [d(x.inFlight.from), d(x.inFlight.to)],
  ]),
  s.truth.ended && [d(s.truth.ended.from), d(s.truth.ended.to)],
  w.faults.spells.skewed && [
    d(w.faults.spells.skewed.from),
    d(w.faults.spells.skewed.to),
    w.faults.spells.skewed.caseMs / 6e4,
    w.faults.spells.skewed.workerMs / 6e4,
  ],
);
for (const m of s.marks) {
  const a = (x: any) =>
    x
      ? `${x.step}/${x.round}${x.topic ? ':' + x.topic : ''}${x.leaves ? ':' + x.leaves : ''} ${(x.promises ?? []).map((p: any) => p.step + '@' + d(p.at)).join(',')}`
      : '-';
  if (m.kind === 'look')
    console.log(
      d(m.at),
      'LOOK',
      a(m.act),
      m.spoilt ?? '',
      'anchor',
      d(m.after.anchorAt),
      'rung',
      m.before.rung,
      'taken',
      m.before.taken?.step,
      m.before.taken?.settled,
      'hold',
      m.after.hold?.of,
      m.after.hold?.reason,
      'stage',
      m.after.stage,
      'id',
      m.after.id,
      'shift',
      m.after.shiftMs / 36e5,
    );
  else if (m.kind === 'claim')
    console.log(
      d(m.at),
      'CLAIM',
      a(m.act),
      m.ruling,
      m.reason ?? '',
      m.breaker ?? '',
      m.isFirst ? 'first' : '',
      m.isGhost ? 'ghost' : '',
      m.caseId,
    );
  else if (m.kind === 'settle')
    console.log(d(m.at), 'SETTLE', a(m.act), JSON.stringify(m.outcome).slice(0, 80));
  else if (m.kind === 'order') console.log(d(m.at), 'ORDER', JSON.stringify(m.request), m.refusal);
  else if (m.kind === 'mail') console.log(d(m.at), 'MAIL', a(m.act));
  else if (m.kind === 'call') console.log(d(m.at), 'CALL', m.what, m.fence);
  else console.log(d(m.at), 'FOUND', m.what, m.text.slice(0, 200));
}
console.log(s.ledger.restrictions, s.resources, s.run ? 'run' : 'norun');
