import type { Hono } from 'hono';
import { z } from 'zod';
import { moveDispute, openDispute } from '../billing/disputes.js';
import { paymentBy } from '../billing/due.js';
import { mandateOf, setMandate } from '../billing/methods.js';
import { settle } from '../billing/payments.js';
import { render } from '../http/render.js';
import { PAYMENT_BEHAVIORS, type PaymentIntent, type PaymentMethod } from '../state/payment-objects.js';
import type { World } from '../world.js';
import { bodyOf, conflict, type Control, missing } from './requests.js';

const RETURNS = ['debit_insufficient_funds', 'debit_not_authorized', 'debit_account_closed'] as const;
/** `fail` names no reason; the others are what a bank says of a debit. */
export const SettleBody = z.strictObject({ outcome: z.enum(['succeed', 'fail', ...RETURNS]) });
const BehaviorBody = z.strictObject({ behavior: z.enum(PAYMENT_BEHAVIORS) });
const MandateBody = z.strictObject({ status: z.enum(['active', 'inactive', 'pending']) });
const DISPUTE_STATUSES = [
  ...(['warning_needs_response', 'warning_under_review', 'warning_closed', 'needs_response'] as const),
  ...(['under_review', 'won', 'lost', 'prevented'] as const),
] as const;
const DisputeBody = z.strictObject({
  amount: z.int().positive().optional(),
  reason: z.string().default('fraudulent'),
  status: z.enum(DISPUTE_STATUSES).default('needs_response'),
});
const MoveDisputeBody = z.strictObject({ status: z.enum(DISPUTE_STATUSES) });

/** A payment whose end the outside world still has to bring about. */
export function undecided(intent: PaymentIntent | undefined): PaymentIntent {
  if (!intent) throw missing('payment intent');
  if (intent.status !== 'processing' && intent.status !== 'requires_action') {
    throw conflict(`the payment is ${intent.status}: there is nothing to settle`);
  }
  return intent;
}

function methodOf(world: World, id: string): PaymentMethod {
  const method = world.store.paymentMethods.get(id);
  if (!method) throw missing('payment method');
  return method;
}

/** What banks and card networks do. */
export function paymentControls(app: Hono, { world }: Control): void {
  app.post('/payments/:id/settle', async (c) => {
    const { outcome } = await bodyOf(SettleBody, c.req.raw);
    const intent = undecided(world.store.paymentIntents.get(c.req.param('id')));
    settle(world, intent, outcome);
    return c.json(render(world.store.invoices.get(paymentBy(world, intent)?.invoice ?? '') ?? intent));
  });
  app.post('/payment_methods/:id', async (c) => {
    const { behavior } = await bodyOf(BehaviorBody, c.req.raw);
    const method = methodOf(world, c.req.param('id'));
    method.fake.behavior = behavior;
    return c.json({ id: method.id, behavior });
  });
  app.post('/payment_methods/:id/mandate', async (c) => {
    const { status } = await bodyOf(MandateBody, c.req.raw);
    const mandate = mandateOf(world, methodOf(world, c.req.param('id')));
    if (!mandate) throw missing('mandate');
    setMandate(world, mandate, status);
    return c.json(render(mandate));
  });
  app.post('/charges/:id/dispute', async (c) => {
    const wanted = await bodyOf(DisputeBody, c.req.raw);
    const charge = world.store.charges.get(c.req.param('id'));
    if (!charge) throw missing('charge');
    return c.json(render(openDispute(world, charge, wanted)));
  });
  app.post('/disputes/:id', async (c) => {
    const { status } = await bodyOf(MoveDisputeBody, c.req.raw);
    const dispute = world.store.disputes.get(c.req.param('id'));
    if (!dispute) throw missing('dispute');
    moveDispute(world, dispute, status);
    return c.json(render(dispute));
  });
}
