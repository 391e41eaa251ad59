import { MINUTE_MS, SECOND_MS } from '../../src/domain/time.js';
import { longestStaleMs } from './faults.js';
import { isForDebt, takingOf, type Lived } from './findings.js';
import {
  clearSince,
  exemptUntil,
  immuneUntil,
  isOfficeOpen,
  isPaidSince,
  leadFor,
  oldestOverdue,
  rungsOf,
  verdictAt,
} from './model.js';
import { isWithin, spanAt } from './truth.js';

const longestAgeMs = 60 * SECOND_MS;
const skewSlackMs = 20 * MINUTE_MS;

/** Each effect for non-payment was owed at its read, which was fresh, complete, and held by nothing. */
export function takesOnlyWhatIsOwed({ subject, world, granted, settled, report }: Lived): void {
  const { truth, policy } = subject;
  const { frozen, skewed } = world.faults.spells;
  for (const { act, at, asOf, readAt, stampedAt, spoilt } of granted) {
    const isTaking = takingOf(act) !== null;
    const isAtOnce = act.step === 'pause' && policy.pause?.immediate === true;
    if (isTaking && !isAtOnce && !isOfficeOpen(policy, at))
      report('I10', at, `${act.step} came while nobody is there`);
    if ((isForDebt(act) || act.step === 'restrict') && act.step !== 'retry' && spanAt(frozen, at) !== null)
      report('I10', at, `${act.step} was claimed while all is frozen`);
    if (!isForDebt(act)) continue;
    const verdict = verdictAt(truth, policy, settled, asOf, at);
    const isAsked = act.step === 'remind' && act.topic === 'confirm' && verdict === 'unconfirmed';
    const isOver = verdict === 'promised' && isPaidSince(truth, asOf, at);
    if (verdict !== 'owing' && !isAsked && !isOver)
      report('I1', at, `${act.step} was claimed, and the truth is: ${verdict}`);
    const isOld = stampedAt === null || Math.abs(at - stampedAt) > longestAgeMs;
    const isTrulyOld = !isWithin(skewed, at) && !isWithin(skewed, readAt) && at - readAt > longestAgeMs;
    if (isOld || isTrulyOld) report('I1', at, `${act.step} was claimed on a read ${at - readAt} ms old`);
    if (spoilt !== null) report('I9', at, `${act.step} was claimed on a read that was spoilt (${spoilt})`);
    if (act.step !== 'retry' && at < exemptUntil(settled, at))
      report('I10', at, `${act.step} was claimed from an exempt account`);
    if (isTaking && at + (skewed === null ? 0 : skewSlackMs) < immuneUntil(settled, at))
      report('I10', at, `${act.step} was claimed though a person has just given it back`);
    const clearAt = clearSince(truth, at);
    if (isTaking && clearAt !== null && at >= clearAt + longestStaleMs + longestAgeMs)
      report('I2', at, `${act.step} was claimed ${at - clearAt} ms after all was paid`);
  }
}

/** Whoever was thanked hears no more of what he has paid, though Stripe's lists may be behind its events for a while. */
export function believesItsThanks({ subject, granted, settles, report }: Lived): void {
  for (const { act, at } of granted) {
    if (!isForDebt(act)) continue;
    const clearAt = clearSince(subject.truth, at);
    const thanked = settles.findLast((s) => s.act.step === 'close' && s.at < at);
    if (clearAt !== null && thanked !== undefined && thanked.at >= clearAt)
      report('I2', at, `${act.step} was claimed ${at - thanked.at} ms after the thanks`);
  }
}

/** Whoever loses something was told so, in time, and of no later day. */
export function keepsWhatItTold({ subject, granted, mails, settles, report }: Lived): void {
  for (const claim of granted) {
    const step = takingOf(claim.act);
    if (step === null || !claim.isFirst) continue;
    const leadMs = leadFor(subject.policy, step);
    if (leadMs === 0) continue;
    // What was given back in the very moment came after the claim: nothing is claimed in the one in which it is given back.
    const lifted = settles.findLast(
      ({ act, at }) => at < claim.at && (act.step === 'lift' || act.step === 'close'),
    );
    const isInTime = mails.some(({ act, at, caseId }) => {
      if (caseId !== claim.caseId || at < (lifted?.at ?? 0) || at > claim.at - leadMs) return false;
      return 'promises' in act && act.promises.some((p) => p.step === step && p.at <= claim.at);
    });
    if (!isInTime)
      report('I4', claim.at, `${step} came without a notice ${leadMs / MINUTE_MS} min before it`);
  }
}

/** No rung comes before its day, counted from the oldest debt, and moved by what people have extended. */
export function comesOnItsDay({ subject, world, granted, settled, looks, report }: Lived): void {
  const { truth, policy } = subject;
  const slackMs = world.faults.spells.skewed === null ? 0 : 20 * MINUTE_MS;
  for (const { act, at, isFirst, caseId } of granted) {
    if (!isFirst) continue;
    const rung = act.step === 'remind' ? (act.topic === 'final' ? 'final' : null) : takingOf(act);
    const planned = rungsOf(policy).find(({ step }) => step === rung);
    const oldestAt = oldestOverdue(truth, at);
    if (planned === undefined || oldestAt === Infinity) continue;
    const began = looks.findLast((look) => look.at < at && look.after.anchorAt === null)?.at ?? -Infinity;
    let extendedMs = 0;
    for (const { at: since, request, caseId: of } of settled) {
      if (request.kind === 'extendGrace' && of === caseId && since < at && since > began)
        extendedMs += (request.days ?? 0) * 24 * 60 * MINUTE_MS;
    }
    const days = policy.almanac === null ? planned.afterMs : planned.afterMs - 60 * MINUTE_MS;
    if (at + slackMs < oldestAt + days + extendedMs)
      report(extendedMs > 0 ? 'I10' : 'I5', at, `${act.step} came before its day`);
  }
}
