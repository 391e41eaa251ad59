import type Stripe from 'stripe';
import type { CustomerId } from '../../domain/ids.js';
import { sumByCurrency } from '../../domain/money.js';
import { SECOND_MS } from '../../domain/time.js';
import type { BillingTraits } from '../../ports/billing.js';
import { asking, nullIfMissing } from './client.js';
import { listAll } from './lists.js';
import { failuresOf, listTriedPayments } from './payments.js';

// Nobody's decline codes are told better by his eleventh open invoice.
const mostInvoices = 10;

/** The traits over all the given customers; one that is missing adds nothing. */
export async function readTraits(stripe: Stripe, customers: readonly CustomerId[]): Promise<BillingTraits> {
  const parts: BillingTraits[] = [];
  for (const id of customers) {
    const part = await readPart(stripe, id).catch(nullIfMissing);
    if (part !== null) parts.push(part);
  }
  const known = parts.flatMap(({ since }) => since ?? []);
  return {
    plans: unique(parts.flatMap(({ plans }) => plans)),
    owed: sumByCurrency(parts.flatMap(({ owed }) => owed)),
    declineCodes: unique(parts.flatMap(({ declineCodes }) => declineCodes)),
    country: parts.find(({ country }) => country !== null)?.country ?? null,
    since: known.length === 0 ? null : Math.min(...known),
  };
}

async function readPart(stripe: Stripe, id: CustomerId): Promise<BillingTraits> {
  const customer = await asking('reading a customer', () => stripe.customers.retrieve(id));
  const page = { customer: id, limit: 100 };
  const subscriptions = await listAll('subscriptions', () => stripe.subscriptions.list(page));
  const { rows: invoices } = await listAll('open invoices', () =>
    stripe.invoices.list({ ...page, status: 'open' }),
  );
  const codes: string[] = [];
  for (const invoice of invoices.slice(0, mostInvoices))
    codes.push(...(await declineCodesOf(stripe, invoice.id)));
  return {
    plans: subscriptions.rows.flatMap(({ items }) => items.data.flatMap(({ price }) => namesOf(price))),
    owed: invoices.map(({ currency, amount_remaining: amountMinor }) => ({ currency, amountMinor })),
    declineCodes: codes,
    country: customer.deleted ? null : (customer.address?.country ?? null),
    since: customer.deleted ? null : customer.created * SECOND_MS,
  };
}

/** All that an operator may call a plan: the price, its lookup key, the product. */
function namesOf({ id, lookup_key, product }: Stripe.Price): string[] {
  return [
    id,
    typeof product === 'string' ? product : product.id,
    ...(lookup_key === null ? [] : [lookup_key]),
  ];
}

async function declineCodesOf(stripe: Stripe, invoice: string): Promise<string[]> {
  const { rows } = await listTriedPayments(stripe, invoice);
  return rows
    .flatMap(failuresOf)
    .flatMap(({ failure_code, outcome }) => [failure_code, outcome?.reason].flatMap((code) => code ?? []));
}

const unique = (words: readonly string[]) => [...new Set(words)];
