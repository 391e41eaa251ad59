import { effectName, type EffectKey } from './effect.js';
import type { InvoiceId } from './ids.js';
import type { Money } from './money.js';
import type { Policy } from './policy.js';
import { assess, type Standing } from './standing.js';
import type { Instant } from './time.js';

/**
 * `reminder`: on its day. `moved`: the date of the pause is new. `paused`: it happened. `recovered`: all is given back.
 * `paid_but_ended`: the debt is paid, but Stripe had canceled the subscription, and access needs one again.
 */
export type NoticeTopic = 'reminder' | 'moved' | 'paused' | 'recovered' | 'paid_but_ended';

/** What a notice tells the customer will happen, and when at the earliest. */
export type NoticePromise = { readonly step: 'pause'; readonly at: Instant };

/** A message to the customer, before it has a shape. */
export type Notice = {
  readonly messageId: string;
  readonly topic: NoticeTopic;
  readonly accountName: string;
  readonly recipients: readonly string[];
  readonly owed: readonly Money[];
  readonly invoices: readonly {
    readonly id: InvoiceId;
    readonly number: string | null;
    readonly sum: Money;
    readonly payUrl: string | null;
  }[];
  readonly promise: NoticePromise | null;
  readonly contact: string;
};

/** One notice, one id, however often it is tried: `<account.case.step.round@domain>`. */
export function messageIdOf(key: EffectKey, domain: string): string {
  return `<${effectName(key).replaceAll('/', '.')}@${domain}>`;
}

type Addressee = { readonly name: string; readonly contacts: readonly string[] };

const nothingOwed = { owed: [], overdue: [] };

/** Turns what is known into a message. The sums are those of the standing that the effect is judged on, if on any. */
export function composeNotice(
  messageId: string,
  to: Addressee,
  about: { readonly topic: NoticeTopic; readonly promise: NoticePromise | null },
  standing: Standing | null,
  policy: Policy,
): Notice {
  const { owed, overdue } = standing === null ? nothingOwed : assess(standing, policy, standing.readAt);
  const invoices = overdue.map(({ id, number, currency, remainingMinor, payUrl }) => ({
    id,
    number,
    sum: { currency, amountMinor: remainingMinor },
    payUrl,
  }));
  const { name: accountName, contacts: recipients } = to;
  return { messageId, ...about, accountName, recipients, owed, invoices, contact: policy.contact };
}
