import { effectName, type EffectKey, type TakingStep } from './effect.js';
import type { InvoiceId } from './ids.js';
import type { Money } from './money.js';
import type { Policy } from './policy.js';
import { assess, noTerms, type InvoiceFact, type Standing, type Terms } from './standing.js';
import type { Instant } from './time.js';

/**
 * What a message to the customer is about; each has its own words. `reminder`: on its day · `moved`: a date is new ·
 * `confirm`: the payment waits for him (3-D Secure) · `instalment_missed`: an agreed payment did not come, the timetable goes
 * on · `limited` `paused` `decommissioned`: it happened · `final`: deletion comes, export is open · `restored`: given back as
 * a courtesy, the debt stands · `recovered`: paid, all is given back · `paid_but_ended`: paid, but Stripe had canceled the
 * subscription, and what it was worth needs one again · `paid_but_deleted`: paid, but something had been deleted before.
 */
export const noticeTopics = [
  'reminder',
  'moved',
  'confirm',
  'instalment_missed',
  'limited',
  'paused',
  'final',
  'decommissioned',
  'restored',
  'recovered',
  'paid_but_ended',
  'paid_but_deleted',
] as const;
export type NoticeTopic = (typeof noticeTopics)[number];

/**
 * Why an invoice is overdue: its due date has passed · a charge of it failed, or did so because the card has expired or the
 * mandate of a bank debit is no longer valid · its payer never confirmed it (3-D Secure).
 */
export type DebtCause = 'due' | 'declined' | 'expired_card' | 'dead_mandate' | 'unconfirmed';

/** What a notice tells the customer will happen, and when at the earliest. */
export type NoticePromise = { readonly step: TakingStep; readonly at: Instant };

/** A message to the customer, before it has a shape. */
export type Notice = {
  readonly messageId: string;
  readonly topic: NoticeTopic;
  /** An ISO 639-1 code, such as `de`. */
  readonly language: string;
  readonly accountName: string;
  readonly recipients: readonly string[];
  readonly owed: readonly Money[];
  /** Where all its invoices have the same one. */
  readonly cause: DebtCause | null;
  readonly invoices: readonly {
    readonly id: InvoiceId;
    readonly number: string | null;
    readonly sum: Money;
    readonly payUrl: string | null;
  }[];
  /** What comes if nobody pays, the nearest first. */
  readonly promises: readonly NoticePromise[];
  readonly contact: string;
  /** Where the customer fetches his data; only in notices from the pause on. */
  readonly exportUrl: string | null;
  /** The plan with which the account goes on; only where its subscription has ended and there is one. */
  readonly plan: string | null;
};

/** One notice, one id, however often it is tried: `<account.case.step.round@domain>`. */
export function messageIdOf(key: EffectKey, domain: string): string {
  return `<${effectName(key).replaceAll('/', '.')}@${domain}>`;
}

type Addressee = {
  readonly name: string;
  readonly contacts: readonly string[];
  readonly language: string | null;
};

const nothingOwed = { owed: [], overdue: [], confirmable: [] };

// Before anything is off there is nothing to carry away in a hurry.
const topicsWithExport: readonly NoticeTopic[] = ['paused', 'final', 'decommissioned'];

/** Turns what is known into a message. The sums are those of the standing that the effect is judged on, if on any. */
export function composeNotice(
  messageId: string,
  to: Addressee,
  about: { readonly topic: NoticeTopic; readonly promises: readonly NoticePromise[] },
  standing: Standing | null,
  policy: Policy,
  terms: Terms = noTerms,
): Notice {
  const view = standing === null ? nothingOwed : assess(standing, policy, standing.readAt, terms);
  const named = about.topic === 'confirm' ? view.confirmable : view.overdue;
  const invoices = named.map(({ id, number, currency, remainingMinor, payUrl }) => ({
    id,
    number,
    sum: { currency, amountMinor: remainingMinor },
    payUrl,
  }));
  const { name: accountName, contacts: recipients } = to;
  const owed = about.topic === 'confirm' ? invoices.map(({ sum }) => sum) : view.owed;
  return {
    messageId,
    ...about,
    language: to.language ?? policy.language,
    accountName,
    recipients,
    owed,
    cause: commonCause(view.overdue),
    invoices,
    contact: policy.contact,
    exportUrl: topicsWithExport.includes(about.topic) ? policy.exportUrl : null,
    plan: about.topic === 'paid_but_ended' ? (policy.fallbackPlan?.plan ?? null) : null,
  };
}

function commonCause(invoices: readonly InvoiceFact[]): DebtCause | null {
  const causes = [...new Set(invoices.map(causeOf))];
  const [cause = null, ...others] = causes;
  if (others.length === 0) return cause;
  return causes.every((one) => failures.includes(one)) ? 'declined' : null;
}

// For what reason, they have one thing in common.
const failures: readonly DebtCause[] = ['declined', 'expired_card', 'dead_mandate'];

/** A due date counts before what was tried: who pays by invoice may have tried a card in vain, and still had time. */
function causeOf({ dueAt, confirmationSince, failedFor }: InvoiceFact): DebtCause {
  if (dueAt !== null) return 'due';
  return confirmationSince === null ? (failedFor ?? 'declined') : 'unconfirmed';
}
