import type { Act } from '../../src/domain/effect.js';
import { MINUTE_MS } from '../../src/domain/time.js';
import { nameOf, takingOf, type Lived } from './findings.js';
import { rungsOf, verdictAt } from './model.js';

/** The rung that an act carries out, or `null`. */
function rungIn(act: Act): string | null {
  if (act.step !== 'remind') return takingOf(act);
  return act.topic === 'reminder' ? 'remind' : act.topic === 'final' ? 'final' : null;
}

/** Rungs come one after the other, with the dwell between them; giving back goes back to the first that takes something. */
export function skipsNothing({ subject, world, report }: Lived): void {
  const { policy, truth, marks } = subject;
  const rungs = rungsOf(policy);
  const firstTaking = rungs.findIndex(({ step }) => step !== 'remind' && step !== 'final');
  const slackMs = world.faults.spells.skewed === null ? 0 : 20 * MINUTE_MS;
  let [next, caseId, doneAt] = [0, '', -Infinity];
  const begin = () => {
    next = 0;
    doneAt = -Infinity;
  };
  for (const mark of marks) {
    if (mark.kind === 'look') {
      const isQuiet = mark.after.taken === null && mark.act === null && mark.spoilt === null;
      const isClear = () => verdictAt(truth, policy, [], mark.asOf, mark.clock) === 'clear';
      if (isQuiet && isClear()) begin();
      // What Stripe had, also when that was half a minute old: what is owed after it need not wait for what was before.
      if (mark.act?.step === 'lift' && mark.spoilt === null && isClear()) doneAt = -Infinity;
      if (mark.after.anchorAt === null && mark.after.rung === 0) begin();
    }
    // Thanks that could not be said end an episode all the same.
    if (mark.kind === 'claim' && mark.act.step === 'close') begin();
    // What a worker began that everybody believed dead is nobody's plan: whoever finds it goes on from there.
    if (mark.kind === 'claim' && mark.isFirst && mark.isGhost) return;
    if (mark.kind === 'claim' && mark.isFirst && rungIn(mark.act) !== null) {
      if (mark.at + slackMs < doneAt + policy.dwellMs && mark.caseId === caseId)
        report('I5', mark.at, `${mark.act.step} came ${mark.at - doneAt} ms after the step before it`);
    }
    if (mark.kind !== 'settle' || mark.outcome.status !== 'done') continue;
    const { act } = mark;
    if (mark.caseId !== caseId) begin();
    caseId = mark.caseId;
    if (act.step === 'lift' && act.leaves === 'nothing') next = Math.min(next, Math.max(0, firstTaking));
    const rung = rungIn(act);
    if (rung === null) continue;
    const expected = rungs[next]?.step;
    if (rung !== expected) report('I5', mark.at, `${rung} came where ${expected} was due`);
    next += 1;
    doneAt = mark.at;
  }
}

/** What comes under one key happens once, and is written down once. */
export function doesNothingTwice({ subject, granted, settles, mails, report }: Lived): void {
  for (const mark of subject.marks) {
    if (mark.kind !== 'order') continue;
    const times = mark.file.orders.filter((id) => id === mark.request.id).length;
    if (times > 1) report('I6', mark.at, `${mark.request.id} was taken ${times} times`);
  }
  const first = new Set<string>();
  for (const { act, caseId, isFirst, at } of granted) {
    const name = nameOf(caseId, act);
    if (isFirst && first.has(name)) report('I6', at, `${name} began twice`);
    if (!isFirst && !first.has(name)) report('I6', at, `${name} went on without a beginning`);
    first.add(name);
  }
  const done = new Set<string>();
  for (const { act, caseId, at } of settles) {
    const name = nameOf(caseId, act);
    if (done.has(name)) report('I6', at, `${name} was settled twice`);
    done.add(name);
  }
  for (const { act, caseId, isSettled, at } of mails)
    if (isSettled) report('I6', at, `the mail of ${nameOf(caseId, act)} went out after it was settled`);
  keepsItsBooks(subject, granted.filter((g) => g.isFirst).length, report);
}

function keepsItsBooks({ ledger, saved }: Lived['subject'], begun: number, report: Lived['report']): void {
  const [intents, outcomes] = [new Set<string>(), new Set<string>()];
  let position = 0;
  for (const line of ledger.audit) {
    if (line.position !== (position += 1))
      report('I7', line.at, `line ${position} of the audit is ${line.position}`);
    if (line.kind === 'order') continue;
    const lines = line.kind === 'intent' ? intents : outcomes;
    if (lines.has(line.effect)) report('I7', line.at, `a second ${line.kind} of ${line.effect}`);
    if (line.kind === 'outcome' && !intents.has(line.effect))
      report('I7', line.at, `${line.effect} ended without an intent`);
    lines.add(line.effect);
  }
  if (intents.size !== begun)
    report('I7', 0, `${begun} effects were claimed, ${intents.size} are in the audit`);
  const ended = ledger.effects.filter(({ outcome }) => outcome !== null).length;
  if (outcomes.size !== ended)
    report('I7', 0, `${ended} effects have ended, ${outcomes.size} outcomes are in the audit`);
  for (const { caseId, act, outcome, claimedAt } of ledger.effects) {
    const isOver = saved === null || saved.id !== caseId || saved.closedAt !== null;
    if (isOver && outcome === null)
      report('I7', claimedAt, `${nameOf(caseId, act)} has no outcome though its case is over`);
  }
}

/** What was begun and then given back is over with the giving back: nobody goes on with it. */
export function endsWhatItGivesBack({ subject, settles, report }: Lived): void {
  for (const { caseId, act, claimedAt, settledAt } of subject.ledger.effects) {
    if (takingOf(act) === null) continue;
    const back = settles.find(
      (s) =>
        s.caseId === caseId && s.act.step === 'lift' && s.at > claimedAt && s.at < (settledAt ?? Infinity),
    );
    if (back !== undefined) report('I7', back.at, `${nameOf(caseId, act)} goes on though it was given back`);
  }
}

/** A deletion needs an approval of just its plan that stands, and uses it up. */
export function deletesOnlyApproved({ granted, settles, settled, report }: Lived): void {
  const used = new Map<string, string>();
  for (const { act, caseId, at } of granted) {
    if (act.step !== 'decommission') continue;
    const asked = settles.find(
      ({ outcome }) => outcome.status === 'done' && outcome.approval?.id === act.approval,
    );
    const expiresAt = asked?.outcome.status === 'done' ? (asked.outcome.approval?.expiresAt ?? 0) : 0;
    if (at >= expiresAt) report('I11', at, 'a deletion was claimed on an approval that has expired');
    const [first] = settled.filter(
      ({ request, at: since }) =>
        since <= at &&
        (request.kind === 'approve' || request.kind === 'reject') &&
        request.plan === act.approval,
    );
    if (first?.request.kind !== 'approve')
      report('I11', at, 'a deletion was claimed that nobody had approved');
    const name = nameOf(caseId, act);
    if ((used.get(act.approval) ?? name) !== name) report('I11', at, 'an approval was used a second time');
    used.set(act.approval, name);
  }
}

/** An act changes the restrictions of its own reason, and no other. */
export function leavesOtherReasons({ granted, report }: Lived): void {
  for (const { act, before, after, at } of granted) {
    const due = imposedBy(act);
    const imposed = after.find(({ reason }) => reason === due?.reason)?.access;
    if (due !== null && imposed !== due.access && !(imposed !== undefined && act.step === 'remind'))
      report('I16', at, `${act.step} left ${imposed ?? 'nothing'} where ${due.access} was due`);
    if (before === after) continue;
    const own = act.step === 'restrict' || act.step === 'unrestrict' ? ['manual'] : ['nonpayment', 'ended'];
    const others = (all: typeof before) => JSON.stringify(all.filter(({ reason }) => !own.includes(reason)));
    if (others(before) !== others(after))
      report('I16', at, `${act.step} changed what stands for other reasons`);
  }
}

/** What stands after an act at least. A reminder takes nothing of what was taken before. */
function imposedBy(act: Act): { readonly reason: string; readonly access: string } | null {
  switch (act.step) {
    case 'limit':
      return { reason: 'nonpayment', access: 'read_only' };
    case 'pause':
      return { reason: 'nonpayment', access: 'suspended' };
    case 'decommission':
      return { reason: 'nonpayment', access: 'decommissioned' };
    case 'restrict':
      return { reason: 'manual', access: act.access };
    case 'remind':
      return act.topic === 'confirm' ? null : { reason: 'nonpayment', access: 'grace_period' };
    case 'ask':
    case 'retry':
    case 'unrestrict':
    case 'lift':
    case 'close':
      return null;
  }
}

/** Nothing is touched that is not the account's own, nor by whoever is out of date. */
export function touchesOnlyItsOwn({ subject, calls, report }: Lived): void {
  for (const { resource, at, what, fence, newest } of calls) {
    if (resource.isProtected || resource.owner !== subject.index)
      report('I15', at, `${what} reached ${resource.name} of account ${resource.owner}`);
    if (fence !== newest)
      report('I6', at, `${what} was done under claim ${fence}, and ${newest} is the newest`);
  }
}
