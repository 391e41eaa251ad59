import type { BillingEvent } from '../../src/ports/billing.js';

/** An event of test mode that names nobody, unless told otherwise. */
export function aBillingEvent(changes: Partial<BillingEvent> = {}): BillingEvent {
  return {
    id: 'evt_1',
    type: 'invoice.paid',
    createdAt: Date.UTC(2026, 10, 2, 9),
    livemode: false,
    apiVersion: null,
    context: null,
    customer: null,
    invoice: null,
    subscription: null,
    related: null,
    ...changes,
  };
}
