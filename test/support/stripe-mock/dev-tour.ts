import { expect, vi } from 'vitest';
import { createTill } from '../../../src/demo/till.js';
import { ensureEndpoint } from '../../../src/dev/stripe-endpoint.js';
import type { StripeWorld } from '../billing-stripe.js';
import { startReceiver, type Delivery } from './receiver.js';
import { startRecorder, type Exchange } from './recorder.js';

export type DevTour = { readonly exchanges: readonly Exchange[]; readonly deliveries: readonly Delivery[] };

/** Has `forbear dev` set its endpoint up, and the demo's customers subscribe and pay; with all that was delivered of it. */
export async function tourDev({ fake }: StripeWorld): Promise<DevTour> {
  const recorder = await startRecorder(fake.base);
  const receiver = await startReceiver();
  try {
    // Made, then found again by its description and changed.
    await ensureEndpoint(recorder.base, fake.key, `${receiver.url}/before`);
    await ensureEndpoint(recorder.base, fake.key, receiver.url);
    const till = createTill({ base: recorder.base, key: fake.key, webhookSecret: '' });
    const customer = await till.register({ name: 'Ada', email: 'ada@example.com', ref: 'acme' });
    await till.subscribe(customer, 2_500);
    await till.failRenewal(customer, 2_500);
    await till.payAll(customer);
    const told = () => receiver.deliveries.map(({ body }) => Buffer.from(body).toString('utf8')).join();
    await vi.waitFor(() => {
      for (const type of ['invoice.payment_failed', 'invoice.paid', 'customer.subscription.updated'])
        expect(told()).toContain(`"type":"${type}"`);
    }, 10_000);
    return { exchanges: recorder.exchanges, deliveries: receiver.deliveries };
  } finally {
    await receiver.close();
    await recorder.close();
  }
}

/** The secret of the endpoint, which stands in the answer to its making and nowhere else. */
export function secretIn(exchanges: readonly Exchange[]): string {
  const made = exchanges.map(({ answer }) => answer as { readonly secret?: string });
  return made.find(({ secret }) => secret !== undefined)?.secret ?? '';
}
