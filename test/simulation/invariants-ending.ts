import { auditHash } from '../../src/db/audit.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/domain/time.js';
import type { Lived, LookMark, Violation } from './findings.js';
import { clearSince, isPaidSince, verdictAt } from './model.js';
import { isWithin } from './truth.js';
import type { World } from './world.js';

/** What a look comes to follows from the truth at that look, whatever was heard before. */
export function decidesByTheTruth({ subject, looks, settled, report }: Lived): void {
  const { truth, policy } = subject;
  for (const look of looks) {
    const { act, at, asOf, clock, spoilt, before } = look;
    if (spoilt !== null) {
      if (act !== null && isNewlyDone(look)) report('I9', at, `${act.step} was decided on a spoilt read`);
      continue;
    }
    const verdict = verdictAt(truth, policy, settled, asOf, clock, at);
    if (verdict === 'promised' && isPaidSince(truth, asOf, at)) continue;
    const reason = look.after.hold?.of === null ? look.after.hold.reason : null;
    const meant = reason === null ? undefined : verdictOf[reason];
    if (verdict === 'owing' && meant !== undefined && act === null)
      report('I3', at, `it waits for ${reason}, and the truth is: ${verdict}`);
    if (verdict === 'owing' && look.after.closedAt !== null && look.after.stage !== 'decommissioned')
      report('I3', at, 'the case was closed, and the truth is: owing');
    const isGiving = act?.step === 'lift' || act?.step === 'close';
    if (verdict !== 'owing' && act !== null && isTakingOrTelling(look))
      report('I3', at, `${act.step} was decided, and the truth is: ${verdict}`);
    const isOrdered =
      before.liftWanted ||
      before.hold?.of === 'lift' ||
      before.taken?.settled === false ||
      look.after.taken === null;
    if (verdict !== 'clear' && isGiving && !isOrdered)
      report('I3', at, `${act.step} was decided, and the truth is: ${verdict}`);
    if (verdict === 'clear' && before.taken !== null && !before.ended) givesBackNow(look, report);
  }
}

const verdictOf: Readonly<Record<string, string | undefined>> = {
  payment_in_flight: 'in_flight',
  confirmation_awaited: 'unconfirmed',
  instalments_agreed: 'promised',
  standing_unclear: 'unclear',
};

const isNewlyDone = ({ act, before }: LookMark) =>
  act?.step !== 'restrict' &&
  act?.step !== 'unrestrict' &&
  !(act?.step === 'lift' && (before.liftWanted || before.taken !== null));

function isTakingOrTelling({ act }: LookMark): boolean {
  if (act?.step === 'remind') return act.topic !== 'confirm';
  return (
    act?.step === 'limit' || act?.step === 'pause' || act?.step === 'decommission' || act?.step === 'ask'
  );
}

/** At the very look that sees it paid, unless the last try has just failed or a person's order goes first. */
function givesBackNow({ act, at, after }: LookMark, report: Lived['report']): void {
  if (act?.step === 'lift' || act?.step === 'restrict' || act?.step === 'unrestrict') return;
  if (
    after.taken === null ||
    after.hold?.of === 'lift' ||
    after.hold?.of === 'close' ||
    after.closedAt !== null
  )
    return;
  report('I12', at, 'a look saw all paid, and gave nothing back');
}

export function isNeverHeldUp({ claims, found, report }: Lived): void {
  for (const { act, ruling, reason, at } of claims) {
    const isGiving = act.step === 'lift' || act.step === 'unrestrict' || act.step === 'close';
    if (isGiving && ruling !== 'grant') report('I12', at, `${act.step} was not granted: ${reason ?? ruling}`);
  }
  for (const { what, at, text } of found)
    if (what !== 'unheard') report(what === 'livelock' ? 'I17' : 'I20', at, `${what}: ${text}`);
}

const longestRestrictedMs = 15 * MINUTE_MS;

/** Once faults are over, whoever has paid is free within a quarter of an hour. */
export function givesBackSoon({ subject, world, granted, settles, report }: Lived): void {
  const { truth, policy, resources } = subject;
  for (const { paidAt } of truth.debts) {
    if (paidAt < world.faults.healAt || paidAt + longestRestrictedMs > world.endAt) continue;
    if (clearSince(truth, paidAt) !== paidAt || isWithin(truth.ended, paidAt) || subject.isCollectionOver)
      continue;
    const last = granted.findLast(
      ({ at, act }) => at <= paidAt && (act.step === 'pause' || act.step === 'limit' || act.step === 'lift'),
    );
    if (last === undefined || last.act.step === 'lift') continue;
    if (verdictAt(truth, policy, [], paidAt + longestRestrictedMs, paidAt + longestRestrictedMs) !== 'clear')
      continue;
    const isFree = settles.some(
      ({ act, at }) => act.step === 'lift' && at > paidAt && at <= paidAt + longestRestrictedMs,
    );
    if (!isFree && resources.length > 0)
      report('I17', paidAt, 'paid, and still restricted a quarter of an hour later');
  }
}

/** In the end nobody owes anything but those who never pay: everything is back, and every case closed. */
export function comesToAnEnd({ subject, world, settled, report }: Lived): void {
  const { truth, policy, ledger, saved, resources, run } = subject;
  const at = world.endAt;
  const verdict = verdictAt(truth, policy, settled, at, at);
  if (subject.pending.length > 0 || (subject.mailbox.length > 0 && run === null))
    report('I18', at, `${subject.pending.length} events were committed and never told`);
  const isDeleted = saved?.stage === 'decommissioned';
  if (verdict === 'owing') {
    const isSeenTo = isDeleted || (saved !== null && saved.closedAt === null && run !== null);
    if (!isSeenTo) report('I19', at, 'it owes, and nobody looks after it');
    return;
  }
  if (verdict !== 'clear') return;
  const isOff = ledger.restrictions.some(({ reason }) => reason === 'nonpayment');
  const stays = ledger.restrictions.some(({ reason }) => reason !== 'nonpayment');
  if (isOff && !isDeleted) report('I17', at, 'all is paid, and it is restricted for non-payment');
  if (stays || isDeleted || subject.isCollectionOver) return;
  for (const { name, size, sizeBefore, isLocked, isGone, kept } of resources) {
    if (!isGone && (size !== sizeBefore || isLocked || kept !== null))
      report('I17', at, `${name} is not as it was: ${size} of ${sizeBefore}${isLocked ? ', locked' : ''}`);
  }
  if (saved !== null && saved.closedAt === null && saved.manual === null)
    report('I17', at, `all is paid, and the case is open at ${saved.stage}`);
}

/** Once faults are over, an event brings a look at once, and where none came the daily audit does. */
export function forgetsNobody({ subject, world, looks, report }: Lived): void {
  const { healAt, spells } = world.faults;
  for (const { overdueAt, paidAt } of subject.truth.debts) {
    const dueBy = overdueAt >= healAt ? overdueAt + HOUR_MS : healAt + DAY_MS + HOUR_MS;
    if (paidAt < dueBy || dueBy > world.endAt || subject.saved?.stage === 'decommissioned') continue;
    const isSeen = looks.some(({ at }) => at >= overdueAt - 10 * MINUTE_MS && at <= dueBy);
    const last = looks.findLast(({ at }) => at <= dueBy);
    const isInHand = last !== undefined && last.after.closedAt === null;
    if (!isSeen && !isInHand)
      report(
        'I19',
        dueBy,
        `overdue since ${overdueAt}, and nobody has looked (${spells.workersDown.length} outages)`,
      );
  }
}

/** What was answered with a 2xx is there, once; what was refused is nowhere. */
export function checkIntake({ intake, endAt }: World, violations: Violation[]): void {
  const report = (invariant: 'I13' | 'I14', text: string) =>
    void violations.push({ invariant, account: null, at: endAt, text });
  for (const id of intake.acknowledged)
    if (!intake.rows.has(id)) report('I13', `event ${id} was acknowledged and is not there`);
  for (const [id, rows] of intake.rows) {
    if (rows.length !== 1) report('I13', `event ${id} has ${rows.length} rows`);
    for (const { event, state } of rows) {
      if (!event.livemode && state !== 'ignored')
        report('I14', `event ${id} of the other mode became ${state}`);
    }
  }
  if (intake.refusedBadly > 0)
    report('I14', `${intake.refusedBadly} refused deliveries were answered with a 2xx`);
  for (const text of intake.findings) report('I14', text);
}

/** The real chain of hashes over the audit log of an account: it can be made again, and shows every change. */
export function chainOf({ subject }: Lived): string {
  let hash = '';
  for (const { position, kind, effect, at } of subject.ledger.audit)
    hash = auditHash(hash, position, { account: subject.id, kind, effect, body: {}, at: new Date(at) });
  return hash;
}
