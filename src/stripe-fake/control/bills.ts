import type { Hono } from 'hono';
import { z } from 'zod';
import { fundCash } from '../billing/balances.js';
import { billNow, failInvoice, payByHand, payPart, stickDraft } from '../billing/convenience.js';
import { intentOf } from '../billing/due.js';
import { settle } from '../billing/payments.js';
import { render } from '../http/render.js';
import { cashBalanceOf } from '../shapes/balances.js';
import type { Invoice } from '../state/objects.js';
import { PAYMENT_BEHAVIORS } from '../state/payment-objects.js';
import type { World } from '../world.js';
import { SettleBody, undecided } from './payments.js';
import { bodyOf, conflict, type Control, customerOf, invoiceOf } from './requests.js';

const Money = z.strictObject({ amount: z.int().positive(), currency: z.string().length(3) });
const FailInvoiceBody = Money.extend({ once: z.boolean().default(false) });
const BillBody = FailInvoiceBody.extend({ behavior: z.enum(PAYMENT_BEHAVIORS).optional() });
const PayBody = z.strictObject({
  amount: z.int().positive().optional(),
  outOfBand: z.boolean().default(false),
});

/** A customer pays by himself: all of it on the hosted page, or so much. */
function payBy(world: World, invoice: Invoice, { amount, outOfBand }: z.infer<typeof PayBody>): void {
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible') {
    throw conflict(`the invoice is ${invoice.status}: there is nothing to pay`);
  }
  if (intentOf(world, invoice)?.status === 'processing') throw conflict('a payment for it is processing');
  const wanted = amount ?? invoice.amount_remaining;
  if (wanted > invoice.amount_remaining)
    throw conflict(`only ${invoice.amount_remaining} remains to be paid`);
  if (wanted === invoice.amount_remaining && !outOfBand) payByHand(world, invoice);
  else payPart(world, invoice, wanted, outOfBand);
}

/** What customers are billed for, and what they do about it. Each answers with the invoice. */
export function billControls(app: Hono, control: Control): void {
  const { world } = control;
  app.post('/customers/:id/invoices', async (c) => {
    const wanted = await bodyOf(BillBody, c.req.raw);
    return c.json(render(billNow(world, customerOf(control, c.req.param('id')), wanted)));
  });
  app.post('/customers/:id/fail-invoice', async (c) => {
    const wanted = await bodyOf(FailInvoiceBody, c.req.raw);
    return c.json(render(failInvoice(world, customerOf(control, c.req.param('id')), wanted)));
  });
  app.post('/customers/:id/stuck-draft', async (c) => {
    const wanted = await bodyOf(Money, c.req.raw);
    return c.json(render(stickDraft(world, customerOf(control, c.req.param('id')), wanted)));
  });
  app.post('/customers/:id/cash', async (c) => {
    const { amount, currency } = await bodyOf(Money, c.req.raw);
    const customer = customerOf(control, c.req.param('id'));
    fundCash(world, customer, amount, currency.toLowerCase());
    return c.json(cashBalanceOf(customer));
  });
  app.post('/invoices/:id/pay', async (c) => {
    const wanted = await bodyOf(PayBody, c.req.raw);
    const invoice = invoiceOf(control, c.req.param('id'));
    payBy(world, invoice, wanted);
    return c.json(render(invoice));
  });
  app.post('/invoices/:id/settle', async (c) => {
    const { outcome } = await bodyOf(SettleBody, c.req.raw);
    const invoice = invoiceOf(control, c.req.param('id'));
    settle(world, undecided(intentOf(world, invoice)), outcome);
    return c.json(render(invoice));
  });
}
