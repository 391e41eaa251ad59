import type { Charge } from '../domain/effect.js';
import type { CustomerId, SubscriptionId } from '../domain/ids.js';
import type { DecommissionRule } from '../domain/policy.js';
import type { Money } from '../domain/money.js';
import type { Standing } from '../domain/standing.js';
import type { Instant } from '../domain/time.js';

/** Who a customer is at the billing provider. `account` is the app's own name of the account, from the metadata. */
export type CustomerFact = {
  readonly id: CustomerId;
  readonly name: string | null;
  readonly email: string | null;
  readonly account: string | null;
  /** The first of his preferred languages, as an ISO 639-1 code. */
  readonly language: string | null;
};

/** What a policy may ask of an account besides its standing. */
export type BillingTraits = {
  /** Prices and products of its subscriptions that are not over, by id and lookup key. */
  readonly plans: readonly string[];
  /** What its open invoices come to, overdue or not. */
  readonly owed: readonly Money[];
  /** Why payments of its open invoices were declined, in the provider's codes. */
  readonly declineCodes: readonly string[];
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
  /** Since when the eldest of its customers exists. */
  readonly since: Instant | null;
};

/** What became of a charge: `paid` · `processing` (a bank debit) · `unconfirmed`: its payer has to confirm it · `declined`. */
export type ChargeResult = 'paid' | 'processing' | 'unconfirmed' | 'declined';

/** What Forbear asks the billing provider. Every method can be repeated. */
export type Billing = {
  /**
   * The standing over all the given customers: every subscription and every open invoice, read to the last page.
   * `complete` is false when a list was cut short or a customer is gone. With `ref`, the app's own name of the account,
   * customers that name another one are told as doubtful. Throws `BillingUnavailable` when the provider can't answer.
   */
  readStanding(customers: readonly CustomerId[], ref?: string): Promise<Standing>;
  /** What there is to know of the account for the choice of its rules. Throws `BillingUnavailable`. */
  readTraits(customers: readonly CustomerId[]): Promise<BillingTraits>;
  /** The customer, or `null` when there is none of this id. Throws `BillingUnavailable`. */
  readCustomer(id: CustomerId): Promise<CustomerFact | null>;
  /**
   * Charges an open invoice on a payment method, once: a repeat under the same `key` (at most 24 h later) charges nothing
   * more. An invoice that is paid or void by now is `paid`, one that is a draft or written off `declined`. Throws `BillingUnavailable`, `BILLING_REFUSED`.
   */
  pay(charge: Charge, key: string): Promise<ChargeResult>;
  /**
   * Ends the collection of these subscriptions, at once and without a last invoice; those that are over are left alone.
   * Throws `BillingUnavailable`, `BILLING_REFUSED`.
   */
  endCollection(subscriptions: readonly SubscriptionId[], how: DecommissionRule['collection']): Promise<void>;
  /** Whether the provider answers at all, and takes our key. Throws `BillingUnavailable` or `BILLING_REFUSED`. */
  ping(): Promise<void>;
};

/** An event whose signature, mode and age have been checked, with the ids it names, whatever API version it came in. */
export type BillingEvent = {
  /** Under which it is kept. A thin event has the id of the snapshot event that tells of the same, where there is one. */
  readonly id: string;
  readonly type: string;
  readonly createdAt: number;
  readonly livemode: boolean;
  readonly apiVersion: string | null;
  /** The provider's account of which it tells, where that is not our own (Connect). */
  readonly context: string | null;
  readonly customer: CustomerId | null;
  readonly invoice: string | null;
  readonly subscription: string | null;
  /** Of a thin event, which names no customer: where its object is read, as a path of the provider's API. */
  readonly related: string | null;
};

export type EventCheck =
  /** `secret`: the fingerprint of the secret that it was signed with. */
  | { readonly accepted: true; readonly event: BillingEvent; readonly secret: string }
  | { readonly accepted: false; readonly reason: RefusalReason; readonly hint: string }
  /** Our own watch, which tries whether the way in is open. */
  | { readonly accepted: false; readonly reason: 'probe'; readonly hint: string };

export type RefusalReason =
  | 'signature_missing'
  | 'signature_malformed'
  | 'signature_mismatch'
  | 'timestamp_too_old'
  | 'timestamp_in_future'
  | 'not_an_event'
  | 'too_large'
  | 'cut_off';

/** Checks what came in at the webhook. Never throws: whatever is wrong with a delivery is a refusal with a reason. */
export type EventVerifier = {
  verify(rawBody: Uint8Array, signature: string | undefined, nowMs: number): EventCheck;
};
