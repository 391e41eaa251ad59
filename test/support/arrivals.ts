import type { Arrival } from '../../src/db/queries/inbox.js';

/** An event that names nobody, on its way into the inbox. */
export function arrivalOf(id: string): Arrival {
  return {
    event: {
      id,
      type: 'invoice.paid',
      createdAt: Date.now(),
      livemode: false,
      apiVersion: null,
      customer: null,
      invoice: null,
      subscription: null,
      context: null,
      related: null,
    },
    payload: new TextEncoder().encode(`{"id":"${id}"}`),
    state: 'pending',
    source: 'webhook',
    secret: null,
  };
}
