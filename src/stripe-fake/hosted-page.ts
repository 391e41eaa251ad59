import { Hono } from 'hono';
import { html } from 'hono/html';
import { payByHand } from './billing/convenience.js';
import { intentOf } from './billing/due.js';
import type { Invoice } from './state/objects.js';
import type { Persistence } from './state/persistence.js';
import type { World } from './world.js';

/** `300.00 USD`, as everywhere else. Minor units: two digits for most currencies, none or three for some. */
function money(amount: number, currency: string): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return `${(amount / 10 ** digits).toFixed(digits)} ${currency.toUpperCase()}`;
}

/** `24 November 2026, 09:00 UTC` */
function dateOf(seconds: number): string {
  const date = new Date(seconds * 1_000);
  const months = 'January February March April May June July August September October November December';
  const month = months.split(' ')[date.getUTCMonth()];
  return `${date.getUTCDate()} ${month} ${date.getUTCFullYear()}, ${date.toISOString().slice(11, 16)} UTC`;
}

/** Whether a person can pay it here now. */
const payable = (world: World, invoice: Invoice): boolean =>
  (invoice.status === 'open' || invoice.status === 'uncollectible') &&
  intentOf(world, invoice)?.status !== 'processing';

function page(world: World, invoice: Invoice) {
  const sum = money(
    invoice.status === 'paid' ? invoice.amount_paid : invoice.amount_remaining,
    invoice.currency,
  );
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Invoice ${invoice.number}</title>
        <style>
          body {
            font:
              1.1rem/1.5 system-ui,
              sans-serif;
            max-width: 28rem;
            margin: 15vh auto;
            padding: 0 1rem;
          }
          button {
            font: inherit;
            padding: 0.6rem 1.6rem;
            border: 0;
            border-radius: 0.4rem;
            color: #fff;
            background: #4f46e5;
          }
          small {
            color: #555;
          }
        </style>
      </head>
      <body>
        <small>Stripe fake · no real money moves here</small>
        <h1>${sum}</h1>
        <p>
          Invoice ${invoice.number} for
          ${invoice.customer_name ?? invoice.customer_email ?? invoice.customer}${dueOf(invoice)}
        </p>
        ${stateOf(world, invoice, sum)}
      </body>
    </html>`;
}

function dueOf({ status, due_date }: Invoice): string {
  return status === 'paid' || due_date === null ? '' : `, due on ${dateOf(due_date)}`;
}

/** What can be done here, or why nothing has to be. */
function stateOf(world: World, invoice: Invoice, sum: string) {
  if (payable(world, invoice)) return html`<form method="post"><button>Pay ${sum}</button></form>`;
  if (invoice.status === 'paid') return html`<p><strong>Paid. Thank you.</strong></p>`;
  if (invoice.status === 'open') return html`<p>Your payment is being processed.</p>`;
  return html`<p>This invoice is <strong>${invoice.status}</strong>.</p>`;
}

/** The page behind `hosted_invoice_url`. It needs no key: whoever has the link may pay, as at Stripe. */
export function createHostedPage(world: World, persistence: Persistence): Hono {
  const app = new Hono();
  app.get('/invoice/:id', (c) => {
    const invoice = world.store.invoices.get(c.req.param('id'));
    if (!invoice || invoice.status === 'draft') return c.text('There is no such invoice.', 404);
    return c.html(page(world, invoice));
  });
  app.post('/invoice/:id', async (c) => {
    const invoice = world.store.invoices.get(c.req.param('id'));
    if (!invoice || invoice.status === 'draft') return c.text('There is no such invoice.', 404);
    if (payable(world, invoice)) payByHand(world, invoice);
    await persistence.save();
    return c.redirect(c.req.path, 303);
  });
  return app;
}
