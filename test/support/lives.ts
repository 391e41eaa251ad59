import { addAccount, findAccount, type AccountRow } from '../../src/db/queries/accounts.js';
import { newestCase } from '../../src/db/queries/cases.js';
import { asCustomerId, type AccountId } from '../../src/domain/ids.js';
import { eventually } from './dev-eventually.js';
import { newId } from './stack-events.js';
import type { Ways } from './stack.js';

/** An account that lives in a stack: a customer at Stripe, services on the platform, a contact who reads mails. */
export type Life = {
  readonly ref: string;
  readonly id: AccountId;
  readonly customer: string;
  readonly email: string;
  readonly name: string;
};

export const sizes = { web: 4, jobs: 2, spare: 0 } as const;

/** Settles an account in: known to Forbear, with services of different sizes, one of them off, and nothing owed. */
export async function settleIn(ways: Ways, name: string): Promise<Life> {
  const ref = newId(name.toLowerCase().replaceAll(/\W/g, ''));
  const email = `billing@${ref.replaceAll('_', '-')}.example`;
  const { id: customer } = await ways.stripe.customers.create({ name, email });
  const card = await ways.stripe.paymentMethods.attach('pm_card_visa', { customer });
  await ways.stripe.customers.update(customer, { invoice_settings: { default_payment_method: card.id } });
  for (const [instance, size] of Object.entries(sizes)) await ways.platform.create(ref, instance, size);
  const customers = [asCustomerId(customer)];
  const { id } = await addAccount(ways.db, { ref, name, contacts: [email], customers });
  return { ref, id, customer, email, name };
}

/** A subscription whose first month is paid. */
export async function subscribe({ stripe }: Ways, { customer }: Life): Promise<string> {
  const product = await stripe.products.create({ name: 'Hosting' });
  const recurring = { interval: 'month' } as const;
  const price = await stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 9_900,
    recurring,
  });
  return (await stripe.subscriptions.create({ customer, items: [{ price: price.id }] })).id;
}

/** An invoice by mail that becomes due in a second; resolves to its id. */
export async function sendInvoice(
  { stripe }: Ways,
  { customer }: Life,
  amount: number,
  dueInS = 1,
): Promise<string> {
  const due_date = Math.floor(Date.now() / 1_000) + dueInS;
  const invoice = await stripe.invoices.create({ customer, collection_method: 'send_invoice', due_date });
  if (invoice.id === undefined) throw new Error('the invoice has no id');
  await stripe.invoiceItems.create({ customer, invoice: invoice.id, amount, currency: 'usd' });
  await stripe.invoices.sendInvoice(invoice.id);
  return invoice.id;
}

export async function accountOf({ db }: Ways, { id }: Life): Promise<AccountRow> {
  const account = await findAccount(db, id);
  if (account === null) throw new Error('the account is gone');
  return account;
}

export const caseOf = ({ db }: Ways, { id }: Life) => newestCase(db, id);

type CaseRow = NonNullable<Awaited<ReturnType<typeof caseOf>>>;

// Several times what any step of these policies takes.
const patienceMs = 60_000;

/** Waits until the account's newest case is so; fails after a minute, if not told otherwise. */
export function untilCase(
  ways: Ways,
  life: Life,
  what: string,
  isSo: (row: CaseRow) => boolean,
  limitMs = patienceMs,
): Promise<CaseRow> {
  const look = async () => {
    const row = await caseOf(ways, life);
    return row !== null && isSo(row) ? row : null;
  };
  return eventually(`${life.name}: ${what}`, look, limitMs);
}

export const untilStage = (ways: Ways, life: Life, stage: CaseRow['stage'], limitMs = patienceMs) =>
  untilCase(ways, life, stage, (row) => row.stage === stage, limitMs);

/** Waits until so many mails have come to the account's contact. */
export function untilMails(ways: Ways, life: Life, count: number) {
  const look = async () => {
    const mails = await ways.mailsTo(life.email);
    return mails.length >= count ? mails : null;
  };
  return eventually(`${life.name}: ${count} mails`, look, patienceMs);
}

export async function sizesOf({ platform }: Ways, { ref }: Life): Promise<Record<string, number>> {
  return Object.fromEntries((await platform.instances(ref)).map(({ id, size }) => [id, size]));
}

/** The dates that a text names: `Tuesday, 24 November 2026, 09:00:05 UTC`. */
export function datesIn(text: string): number[] {
  const found = text.matchAll(/(\d{1,2} [A-Z][a-z]+ \d{4}), (\d\d:\d\d(?::\d\d)?) UTC/g);
  return [...found].map(([, day, time]) => Date.parse(`${day} ${time} UTC`));
}
