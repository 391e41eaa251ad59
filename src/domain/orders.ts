import type { Agreement } from './agreement.js';
import {
  immunityMs,
  remark,
  type Approval,
  type CaseFile,
  type Exemption,
  type Immunity,
  type Manual,
} from './case-file.js';
import { decisionText, evidenceIn, strangerTo, type Decision, type DecisionEvidence } from './decisions.js';
import { manualAccess, type ManualAccess } from './effect.js';
import type { InvoiceId } from './ids.js';
import { formatMoney } from './money.js';
import type { Policy } from './policy.js';
import { assess, type InvoiceFact, type Standing } from './standing.js';
import { DAY_MS, formatDuration, formatInstant, type Instant } from './time.js';
import { lagOf, nextStepOf, resumeClock } from './timetable.js';

/** What a person wants of a case. `id` makes a repeated order one order; `by` and `reason` stand in the audit log. */
export type OrderRequest = { readonly id: string; readonly by: string; readonly reason: string } & (
  | {
      readonly kind: 'extendGrace';
      /** Exactly one of the two: `days` (> 0, fractions allowed), or the instant of the next step (NaN: no date). */
      readonly days?: number | undefined;
      readonly until?: Instant | undefined;
    }
  /** `until: null` ends an exemption. With `invoices`, these are forgiven, and nothing else changes. */
  | { readonly kind: 'exempt'; readonly until: Instant | null; readonly invoices: readonly InvoiceId[] }
  /**
   * `plan`: the id of the request, or at least the first eight characters of its plan's hash. Whose decision it is, the guard
   * finds out by its evidence when it is written down; until then it counts for nothing but this case's next look.
   */
  | (DecisionEvidence & { readonly kind: 'approve' | 'reject'; readonly plan: string })
  | { readonly kind: 'restrict'; readonly access: ManualAccess; readonly until: Instant | null }
  | { readonly kind: 'lift'; readonly restriction: 'nonpayment' | 'manual' }
  | {
      readonly kind: 'promise';
      readonly instalments: readonly { readonly dueAt: Instant; readonly amountMinor: number }[];
    }
  | { readonly kind: 'recheck' }
  /** From now on the case goes by the policy of today. */
  | { readonly kind: 'reissuePolicy' }
);

/** An order that was taken, as it is written down. `change`: what the guard has to know of it. */
export type OrderRecord = {
  readonly id: string;
  readonly kind: OrderRequest['kind'];
  readonly by: string;
  readonly reason: string;
  readonly at: Instant;
  readonly text: string;
  readonly change: OrderChange | null;
};

export type OrderChange =
  | { readonly exemption: Exemption | null }
  | { readonly immunity: Immunity }
  | { readonly forgiven: readonly InvoiceId[] }
  | { readonly decision: Decision };

/** What an order comes to, or the sentence that tells its sender what is wrong with it. */
export type Ruling = { readonly file: CaseFile; readonly record: OrderRecord } | { readonly refusal: string };

type Context = { readonly policy: Policy; readonly standing: Standing | null; readonly now: Instant };
type Of<Kind extends OrderRequest['kind']> = Extract<OrderRequest, { readonly kind: Kind }>;

/** Rules on a person's order. Pure: a validator asks beforehand, the case when it takes the order up. */
export function ruleOn(file: CaseFile, request: OrderRequest, context: Context): Ruling {
  if (request.reason.trim() === '') return { refusal: 'reason is missing: say why' };
  if (file.closedAt !== null) return { refusal: 'the case is closed' };
  switch (request.kind) {
    case 'extendGrace':
      return extend(file, request, context);
    case 'exempt':
      return request.invoices.length > 0 ? forgive(file, request, context) : exempt(file, request, context);
    case 'approve':
    case 'reject':
      return decide(file, request, context);
    case 'restrict':
      return restrict(file, request, context);
    case 'lift':
      return lift(file, request, context);
    case 'promise':
      return agree(file, request, context);
    case 'recheck':
      return take(file, request, context, 'a look at Stripe was asked for', {}, null);
    case 'reissuePolicy':
      // The rules come with the next look.
      return take(
        file,
        request,
        context,
        'the policy of today was asked for',
        { rulesWanted: true, recheckAt: context.now + 1 },
        null,
      );
  }
}

/** Takes an order into the case. One that was taken before (by its id) changes nothing; a bad one leaves a remark. */
export function takeOrder(
  file: CaseFile,
  request: OrderRequest,
  context: Context,
): { readonly file: CaseFile; readonly record: OrderRecord | null; readonly refusal: string | null } {
  if (file.orders.includes(request.id)) return { file, record: null, refusal: null };
  const ruling = ruleOn(file, request, context);
  if ('record' in ruling) return { ...ruling, refusal: null };
  const text = `${request.kind} by ${request.by} refused: ${ruling.refusal}`;
  return { file: remark(file, context.now, text), record: null, refusal: ruling.refusal };
}

const mostOrders = 50;

function take(
  file: CaseFile,
  { id, kind, by, reason }: OrderRequest,
  { now }: Context,
  text: string,
  changes: Partial<CaseFile>,
  change: OrderChange | null,
): Ruling {
  const orders = [...file.orders, id].slice(-mostOrders);
  // Whatever a brake held is looked at anew; only what is being given back keeps its own pace.
  const hold = file.hold === null || file.hold.of === 'lift' || file.hold.of === null ? file.hold : null;
  const manual = file.manual === null ? null : { ...file.manual, retryAt: null };
  const taken = { ...file, openedAt: file.openedAt ?? now, hold, manual, orders, ...changes };
  return {
    file: remark(taken, now, `${text} by ${by}: ${reason}`),
    record: { id, kind, by, reason, at: now, text, change },
  };
}

/**
 * An extension moves every step that is still to come by the same length; `until` means that the next step happens then.
 * It never shortens, and never exceeds the policy's `longestExtensionMs`.
 */
function extend(file: CaseFile, request: Of<'extendGrace'>, context: Context): Ruling {
  const { policy, now } = context;
  const { days, until } = request;
  if ((days === undefined) === (until === undefined)) return { refusal: 'give either days or until' };
  const counted = withTimeCounted(file, now);
  const next = nextStepOf(counted, policy, now);
  // A case that has not looked at Stripe yet keeps the time for the steps to come.
  if (next === null && (file.anchorAt !== null || days === undefined))
    return { refusal: 'no step is to come that could be moved' };
  const byMs =
    days === undefined ? (until ?? NaN) - Math.max(next?.at ?? now, now) : Math.round(days * DAY_MS);
  if (Number.isNaN(byMs))
    return { refusal: `until is not a date: write it as ${new Date(now).toISOString()}` };
  if (!(byMs > 0)) return { refusal: 'an extension only gives time: it must end after the next step is due' };
  if (byMs > policy.longestExtensionMs) {
    return {
      refusal: `longer than the policy allows: at most ${policy.longestExtensionMs / DAY_MS} days at a time`,
    };
  }
  const { shiftMs, hold } = counted;
  const moved = { shiftMs: shiftMs + byMs + lagOf(counted, policy, now) };
  const known = { ...file, hold };
  return take(known, request, context, `grace extended by ${formatDuration(byMs)}`, moved, null);
}

/** The time for which the clock has stood still until now is given now; it goes on standing still. */
function withTimeCounted(file: CaseFile, now: Instant): CaseFile {
  const resumed = resumeClock(file, now);
  if (file.hold === null || resumed.hold !== null) return resumed;
  return { ...resumed, hold: { ...file.hold, since: now } };
}

function exempt(file: CaseFile, request: Of<'exempt'>, context: Context): Ruling {
  const { until, by, reason } = request;
  if (until === null) {
    if (file.exemption === null) return { refusal: 'there is no exemption that could end' };
    return take(file, request, context, 'exemption ended', { exemption: null }, { exemption: null });
  }
  if (!(until > context.now)) return { refusal: 'an exemption needs a date in the future on which it ends' };
  const exemption = { until, by, reason };
  const text = `exempt from enforcement until ${formatInstant(until)}`;
  return take(file, request, context, text, { exemption }, { exemption });
}

const isUnread = ({ standing }: Context) => standing === null || !standing.complete;
const unread = 'Stripe could not be read yet: ask again in a moment';

function forgive(file: CaseFile, request: Of<'exempt'>, context: Context): Ruling {
  const open = new Set(context.standing?.invoices.map(({ id }) => id) ?? []);
  const unknown = request.invoices.find((id) => !open.has(id));
  if (unknown !== undefined)
    return { refusal: isUnread(context) ? unread : `${unknown} is no open invoice of this account` };
  const forgiven = [...new Set([...file.forgiven, ...request.invoices])];
  const text = `forgiven: ${request.invoices.join(', ')}`;
  return take(file, request, context, text, { forgiven }, { forgiven });
}

// Eight hexadecimal characters tell two plans of one account apart beyond doubt.
const shortestPlanName = 8;

function decide(file: CaseFile, request: Of<'approve' | 'reject'>, context: Context): Ruling {
  const { approval } = file;
  const { plan, by, reason, kind } = request;
  if (approval === null) return { refusal: 'no deletion waits for approval' };
  if (approval.decision !== null) {
    const was = approval.decision.approved ? 'approved' : 'rejected';
    return { refusal: `it was ${was} by ${approval.decision.by} already` };
  }
  if (context.now >= approval.expiresAt)
    return { refusal: 'the request has expired: it will be asked for again' };
  if (!names(approval, plan))
    return { refusal: `that is another plan: the one that waits is ${approval.planHash.slice(0, 8)}` };
  const stranger = strangerTo(context.policy, request);
  if (stranger !== null) return { refusal: stranger };
  const approved = kind === 'approve';
  const decision = { approved, by, reason, at: context.now };
  const text = decisionText(approval, approved);
  const change = { decision: { approval: approval.id, approved, ...evidenceIn(request) } };
  return take(file, request, context, text, { approval: { ...approval, decision } }, change);
}

const names = ({ id, planHash }: Approval, plan: string) =>
  plan === id || (plan.length >= shortestPlanName && planHash.startsWith(plan.toLowerCase()));

function restrict(file: CaseFile, request: Of<'restrict'>, context: Context): Ruling {
  const { access, by, reason, until } = request;
  if (until !== null && !(until > context.now)) return { refusal: 'until must lie in the future' };
  const standing = file.manual;
  const isLess = (one: Manual) =>
    isWeaker(access, one) || (one.state !== 'ending' && endsEarlier(until, one));
  if (standing !== null && isLess(standing))
    return { refusal: `it is ${standing.access} by hand${endOf(standing)}: lift that first` };
  const manual = { access, by, reason, until, state: 'wanted' as const, retryAt: null };
  return take(file, request, context, `${access} by hand ordered${endOf(manual)}`, { manual }, null);
}

const isWeaker = (access: ManualAccess, standing: Manual) =>
  manualAccess.indexOf(access) < manualAccess.indexOf(standing.access);
const endsEarlier = (until: Instant | null, standing: Manual) =>
  (until ?? Infinity) < (standing.until ?? Infinity);
const endOf = ({ until }: Manual) => (until === null ? '' : ` until ${formatInstant(until)}`);

function lift(file: CaseFile, request: Of<'lift'>, context: Context): Ruling {
  if (request.restriction === 'manual') {
    if (file.manual === null) return { refusal: 'nothing was restricted by hand' };
    const manual = { ...file.manual, state: 'ending' as const, retryAt: null };
    return take(file, request, context, 'end of the restriction by hand ordered', { manual }, null);
  }
  if (file.taken === null) return { refusal: 'nothing is taken away for non-payment' };
  if (file.ended) return { refusal: 'the subscription has ended: the account needs a new one, or a grant' };
  if (file.taken.step === 'decommission' && file.taken.settled)
    return { refusal: 'it was deleted: nothing is left to give back' };
  const holdsOff = file.exemption !== null || file.agreement !== null;
  if (context.policy.pause?.immediate === true && !holdsOff)
    return {
      refusal: 'the policy pauses at once: exempt the account, or agree on instalments, and then lift',
    };
  const immunity = { until: context.now + immunityMs, by: request.by };
  const text = `lift without payment ordered, immune until ${formatInstant(immunity.until)}`;
  return take(file, request, context, text, { liftWanted: true, immunity }, { immunity });
}

const mostInstalments = 24;

function agree(file: CaseFile, request: Of<'promise'>, context: Context): Ruling {
  const { standing, policy, now } = context;
  const { instalments, id, by, reason } = request;
  // An agreement names what it covers: what was not read would be taken away for.
  if (isUnread(context)) return { refusal: unread };
  // A second agreement takes the place of the first, and covers what that one covered.
  const terms = { forgiven: file.forgiven, agreement: null };
  const overdue = standing === null ? [] : assess(standing, policy, now, terms).overdue;
  const currencies = new Set(overdue.map(({ currency }) => currency));
  const [currency] = currencies;
  if (currency === undefined) return { refusal: 'nothing is overdue that could be paid in instalments' };
  if (currencies.size > 1)
    return { refusal: 'what is owed is in several currencies: one agreement can’t cover it' };
  if (instalments.length === 0 || instalments.length > mostInstalments)
    return { refusal: `give between 1 and ${mostInstalments} instalments` };
  const dates = instalments.map(({ dueAt }) => dueAt);
  if (!dates.every((date, index) => date > (dates[index - 1] ?? now)))
    return { refusal: 'the dates must lie in the future, each after the one before' };
  if ((dates.at(-1) ?? now) > now + policy.longestAgreementMs)
    return {
      refusal: `the last date lies too far ahead: at most ${policy.longestAgreementMs / DAY_MS} days`,
    };
  if (!instalments.every(({ amountMinor }) => Number.isInteger(amountMinor) && amountMinor > 0))
    return { refusal: 'every instalment needs a sum, in the smallest unit of the currency' };
  const totalMinor = sum(overdue.map(({ remainingMinor }) => remainingMinor));
  const promisedMinor = sum(instalments.map(({ amountMinor }) => amountMinor));
  if (promisedMinor < totalMinor) {
    const [promised, total] = [promisedMinor, totalMinor].map((amountMinor) =>
      formatMoney({ currency, amountMinor }),
    );
    return { refusal: `the instalments come to ${promised}, but ${total} is overdue` };
  }
  const agreement = { id, by, reason, at: now, currency, ...termsOf(overdue, totalMinor, instalments) };
  return take(file, request, context, `${instalments.length} instalments agreed`, { agreement }, null);
}

function termsOf(
  overdue: readonly InvoiceFact[],
  totalMinor: number,
  instalments: Of<'promise'>['instalments'],
): Pick<Agreement, 'invoices' | 'instalments'> {
  const paidBy = (index: number) =>
    sum(instalments.slice(0, index + 1).map(({ amountMinor }) => amountMinor));
  return {
    invoices: overdue.map(({ id }) => id),
    instalments: instalments.map(({ dueAt }, index) => ({
      dueAt,
      mostRemainingMinor: Math.max(0, totalMinor - paidBy(index)),
    })),
  };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
