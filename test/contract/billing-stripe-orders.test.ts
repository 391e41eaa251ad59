import { afterEach, describe, expect, it } from 'vitest';
import { DAY_MS } from '../../src/domain/time.js';
import type { StripeFakeOptions } from '../../src/stripe-fake/server.js';
import { amendEvery, openStripeWorld, type StripeWorld } from '../support/billing-stripe.js';

const opened: StripeWorld[] = [];

async function open(options: Partial<StripeFakeOptions> = {}, timeoutMs?: number): Promise<StripeWorld> {
  const world = await openStripeWorld(options, timeoutMs);
  opened.push(world);
  return world;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((world) => world.close()));
});

describe('charging', () => {
  it('EC-2 charges off session, under the key that it was given', async () => {
    const world = await open();
    const debtor = await world.debtor();
    const method = await world.changeMethod(debtor, 'paid');
    await world.billing.pay({ invoice: debtor.invoice, method }, 'key-1');
    const sent = world.traffic.requests.filter(({ method: verb }) => verb === 'POST');
    expect(
      sent.map(({ path, query }) => [path, query.get('payment_method'), query.get('off_session')]),
    ).toEqual([[`/v1/invoices/${debtor.invoice}/pay`, method, 'true']]);
    const paid = (await world.stripe.events.list({ type: 'invoice.paid', limit: 1 })).data[0];
    expect(paid?.request?.idempotency_key).toBe('key-1');
  });

  it('EC-2 finds the invoice paid when the answer to a charge that was made got lost', async () => {
    const world = await open({}, 300);
    const debtor = await world.debtor();
    const charge = { invoice: debtor.invoice, method: await world.changeMethod(debtor, 'paid') };
    await world.control('/faults', { path: 'POST .*/pay', timeoutAfterExecution: true, count: 1 });
    const lost = world.billing.pay(charge, 'key-1');
    await expect(lost).rejects.toMatchObject({ code: 'BILLING_UNAVAILABLE' });
    const charges = await world.countCharges();
    expect(await world.billing.pay(charge, 'key-1')).toBe('paid');
    expect(await world.countCharges()).toBe(charges);
  });

  it('EC-2 finds the invoice paid when the customer was faster', async () => {
    const world = await open();
    const debtor = await world.debtor();
    const charge = { invoice: debtor.invoice, method: await world.changeMethod(debtor, 'paid') };
    world.traffic.answer = ({ path }) => {
      if (!path.endsWith('/pay')) return null;
      amendEvery(world, 'invoice', { status: 'paid' });
      const error = { type: 'invalid_request_error', message: 'other words than ever before' };
      return Response.json({ error }, { status: 400 });
    };
    expect(await world.billing.pay(charge, 'key-1')).toBe('paid');
  });

  it('EC-3 reads a decline that wants the payer as a payment that he has to confirm', async () => {
    const world = await open();
    const debtor = await world.debtor();
    const charge = { invoice: debtor.invoice, method: await world.changeMethod(debtor, 'paid') };
    const error = { type: 'card_error', code: 'authentication_required' };
    world.traffic.answer = ({ path }) =>
      path.endsWith('/pay') ? Response.json({ error }, { status: 402 }) : null;
    expect(await world.billing.pay(charge, 'key-1')).toBe('unconfirmed');
  });

  it.each([402, 400])(
    'TT-12 declines a bank account whose mandate is no longer valid (%i)',
    async (status) => {
      const world = await open();
      const { customer, invoice } = await world.debtor();
      const token = 'pm_usBankAccount_mandateInactive';
      const method = (await world.stripe.paymentMethods.attach(token, { customer })).id;
      const error = { type: 'invalid_request_error', code: 'payment_intent_mandate_invalid' };
      if (status === 400)
        world.traffic.answer = ({ path }) =>
          path.endsWith('/pay') ? Response.json({ error }, { status }) : null;
      const charges = await world.countCharges();
      expect(await world.billing.pay({ invoice, method }, 'key-1')).toBe('declined');
      expect(await world.countCharges()).toBe(charges);
    },
  );

  it('never finalises a draft in order to charge it', async () => {
    const world = await open();
    const { customer } = await world.debtor();
    const { id } = await world.leaveStuckDraft(customer);
    const method = await world.methodFor(customer, 'paid');
    expect(await world.billing.pay({ invoice: id, method }, 'key-1')).toBe('declined');
    expect(world.traffic.requests.map(({ method: verb }) => verb)).toEqual(['GET']);
  });

  it.each([429, 500])('throws BILLING_UNAVAILABLE when the charge is answered with %i', async (status) => {
    const world = await open();
    const debtor = await world.debtor();
    const charge = { invoice: debtor.invoice, method: await world.changeMethod(debtor, 'paid') };
    await world.control('/faults', { path: 'POST .*/pay', status, count: 1 });
    await expect(world.billing.pay(charge, 'key-1')).rejects.toMatchObject({ code: 'BILLING_UNAVAILABLE' });
    expect(await world.billing.pay(charge, 'key-1')).toBe('paid');
  });
});

describe('ending a collection', () => {
  it('TT-10 asks for no last invoice and credits nothing', async () => {
    const world = await open();
    const { subscription } = await world.debtor();
    await world.billing.endCollection([subscription], 'cancel');
    const [sent] = world.traffic.requests;
    expect(sent).toMatchObject({ method: 'DELETE', path: `/v1/subscriptions/${subscription}` });
    expect([sent?.query.get('invoice_now'), sent?.query.get('prorate')]).toEqual(['false', 'false']);
  });

  it('TT-10 makes nobody owe for what comes after the pause', async () => {
    const world = await open();
    const { customer, subscription, invoice } = await world.debtor();
    await world.billing.endCollection([subscription], 'pause');
    await world.pass(370 * DAY_MS);
    const { invoices, stuckDrafts } = await world.billing.readStanding([customer]);
    expect(invoices.map(({ id }) => id)).toEqual([invoice]);
    expect(stuckDrafts).toEqual([]);
    expect((await world.stripe.invoices.list({ customer, status: 'void' })).data).toHaveLength(1);
  });

  it('TT-10 goes on with the next one where one is over, and throws where Stripe can not answer', async () => {
    const world = await open();
    const [one, two] = [await world.debtor(), await world.debtor()];
    await world.stripe.subscriptions.cancel(one.subscription);
    await world.control('/faults', { path: `DELETE .*${two.subscription}`, status: 500, count: 1 });
    const both = [one.subscription, two.subscription];
    const failed = world.billing.endCollection(both, 'cancel');
    await expect(failed).rejects.toMatchObject({ code: 'BILLING_UNAVAILABLE' });
    await world.billing.endCollection(both, 'cancel');
    expect((await world.stripe.subscriptions.retrieve(two.subscription)).status).toBe('canceled');
  });

  it('leaves subscriptions alone that it is not told of', async () => {
    const world = await open();
    const { subscription } = await world.debtor();
    await world.billing.endCollection([], 'cancel');
    expect(world.traffic.requests).toEqual([]);
    expect((await world.stripe.subscriptions.retrieve(subscription)).status).toBe('past_due');
  });
});
