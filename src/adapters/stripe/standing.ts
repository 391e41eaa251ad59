import type Stripe from 'stripe';
import { asInvoiceId, asSubscriptionId, type CustomerId } from '../../domain/ids.js';
import { sumByCurrency } from '../../domain/money.js';
import {
  leftOver,
  type InvoiceFact,
  type Standing,
  type SubscriptionFact,
  type SubscriptionState,
} from '../../domain/standing.js';
import { creditsOf } from './balances.js';
import { asking, nullIfMissing } from './client.js';
import { readInvoice } from './invoices.js';
import { idOf, listAll, type Rows } from './lists.js';
import type { Payer } from './methods.js';

// An account with a hundred open invoices must be read well within the minute in which its standing is fresh.
const atOnce = 5;

type Part = Omit<Standing, 'readAt'>;

// A customer that is missing or deleted is no knowledge: he must never read as "owes nothing".
const unknown = (customer: CustomerId): Part => ({
  complete: false,
  subscriptions: [],
  invoices: [],
  credits: [],
  stuckDrafts: [],
  doubtful: [{ customer, names: null }],
});

/** What account a customer ought to name: `ref`, where it is known, under `metadataKey`. */
type Naming = { readonly metadataKey: string; readonly ref: string | undefined };

/** The account that a customer names in his metadata, or `null`. */
export function namedBy({ metadata }: Stripe.Customer, metadataKey: string): string | null {
  const name = metadata[metadataKey]?.trim() ?? '';
  return name === '' ? null : name;
}

/** The standing over all the given customers. `readAt` is taken before the first call: the read is never younger than said. */
export async function readStanding(
  stripe: Stripe,
  customers: readonly CustomerId[],
  naming: Naming,
  nowMs: () => number,
): Promise<Standing> {
  const readAt = nowMs();
  const parts: Part[] = [];
  for (const customer of customers) {
    parts.push((await readPart(stripe, customer, naming).catch(nullIfMissing)) ?? unknown(customer));
  }
  return {
    readAt,
    // No customer is no knowledge, either.
    complete: parts.length > 0 && parts.every((part) => part.complete),
    subscriptions: parts.flatMap((part) => part.subscriptions),
    invoices: parts.flatMap((part) => part.invoices),
    credits: sumByCurrency(parts.flatMap((part) => part.credits)),
    stuckDrafts: parts.flatMap((part) => part.stuckDrafts),
    doubtful: parts.flatMap((part) => part.doubtful),
  };
}

/**
 * One customer's part, in four calls and one or two for each open invoice. Invoices are listed in the order of their life:
 * one that moves on between two lists is seen twice, but never missed.
 */
async function readPart(stripe: Stripe, id: CustomerId, naming: Naming): Promise<Part> {
  const subscriptions = await listAll('subscriptions', () =>
    stripe.subscriptions.list({
      customer: id,
      status: 'all',
      limit: 100,
      expand: expanding('data.customer'),
    }),
  );
  const customer = await customerOf(stripe, id, subscriptions.rows);
  const listOf = (status: 'draft' | 'open' | 'uncollectible') =>
    listAll(`${status} invoices`, () => stripe.invoices.list({ customer: id, status, limit: 100 }));
  const drafts = await listOf('draft');
  const open = await listOf('open');
  const uncollectible = await listOf('uncollectible');
  const payer = { customer, subscriptions: subscriptions.rows };
  const billed = await readInvoices(stripe, [...open.rows, ...uncollectible.rows], payer);
  const lists: Rows<unknown>[] = [subscriptions, drafts, open, uncollectible, billed];
  return {
    complete: customer !== null && lists.every((list) => list.complete),
    subscriptions: subscriptions.rows.map(toSubscription),
    invoices: billed.rows,
    credits: customer === null ? [] : creditsOf(customer),
    stuckDrafts: drafts.rows.flatMap((draft) => toStuckDraft(draft, subscriptions.rows)),
    doubtful: doubtsOf(id, customer, naming),
  };
}

function doubtsOf(id: CustomerId, customer: Stripe.Customer | null, { metadataKey, ref }: Naming) {
  if (customer === null) return [{ customer: id, names: null }];
  const names = ref === undefined ? null : namedBy(customer, metadataKey);
  return names === null || names === ref ? [] : [{ customer: id, names }];
}

/** What a customer is read with. Stripe allows four levels of expansion, and `data` counts as one. */
const expanding = (prefix?: string): string[] => {
  const balances = ['invoice_credit_balance', 'cash_balance'];
  return prefix === undefined ? balances : [prefix, ...balances.map((name) => `${prefix}.${name}`)];
};

/** The customer himself, who comes with each of his subscriptions; `null` when he was deleted. */
async function customerOf(
  stripe: Stripe,
  id: CustomerId,
  [first]: readonly Stripe.Subscription[],
): Promise<Stripe.Customer | null> {
  const customer =
    first === undefined || typeof first.customer === 'string'
      ? await asking('reading a customer', () => stripe.customers.retrieve(id, { expand: expanding() }))
      : first.customer;
  return customer.deleted ? null : customer;
}

async function readInvoices(
  stripe: Stripe,
  listed: readonly Stripe.Invoice[],
  payer: Payer,
): Promise<Rows<InvoiceFact>> {
  const invoices = [...new Map(listed.map((invoice) => [invoice.id, invoice])).values()];
  const read: { readonly fact: InvoiceFact; readonly complete: boolean }[] = [];
  for (let from = 0; from < invoices.length; from += atOnce) {
    const some = invoices.slice(from, from + atOnce);
    read.push(...(await Promise.all(some.map((invoice) => readInvoice(stripe, invoice, payer)))));
  }
  return { rows: read.map(({ fact }) => fact), complete: read.every(({ complete }) => complete) };
}

// Written out for every status that Stripe documents; one that is new to us is `unknown`, and that holds.
const stateOf: Readonly<Record<Stripe.Subscription.Status, SubscriptionState>> = {
  incomplete: 'incomplete',
  incomplete_expired: 'incomplete',
  trialing: 'live',
  active: 'live',
  past_due: 'live',
  unpaid: 'unpaid',
  paused: 'paused',
  canceled: 'ended',
};

function toSubscription({ id, status }: Stripe.Subscription): SubscriptionFact {
  const known: Readonly<Record<string, SubscriptionState>> = stateOf;
  return { id: asSubscriptionId(id), state: known[status] ?? 'unknown' };
}

/** Only codes are told: Stripe's message may name the customer's address. */
function toStuckDraft(
  draft: Stripe.Invoice,
  subscriptions: readonly Stripe.Subscription[],
): Standing['stuckDrafts'] {
  const { id: draftId, last_finalization_error: error } = draft;
  const id = asInvoiceId(draftId);
  if (error !== null) return [{ id, reason: error.code ?? error.type }];
  return subscriptions.some((subscription) => isLeftOver(draft, subscription))
    ? [{ id, reason: leftOver }]
    : [];
}

/**
 * A renewal that was billed while its subscription was `unpaid` stays a draft for ever, also once the subscription is live
 * again. While its collection is paused, drafts are what the operator asked for.
 */
function isLeftOver(draft: Stripe.Invoice, { id, status, pause_collection }: Stripe.Subscription): boolean {
  const isItsRenewal =
    draft.billing_reason === 'subscription_cycle' &&
    idOf(draft.parent?.subscription_details?.subscription) === id;
  return (
    isItsRenewal && draft.auto_advance === false && stateOf[status] === 'live' && pause_collection === null
  );
}
