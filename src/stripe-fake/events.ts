import { render } from './http/render.js';
import { legacyFields } from './legacy.js';
import { API_VERSION } from './settings.js';
import type { Delivery, StripeEvent, WebhookEndpoint } from './state/objects.js';
import { newId, type Store } from './state/store.js';
import type { World } from './world.js';

// A few of Stripe's objects have no id of their own, such as a cash balance.
type Subject = { object: string };

const wants = (endpoint: WebhookEndpoint, type: string): boolean =>
  endpoint.enabled_events.includes('*') || endpoint.enabled_events.includes(type);

/** A pending delivery for each enabled endpoint that fits. */
export const deliveriesTo = (store: Store, fits: (endpoint: WebhookEndpoint) => boolean): Delivery[] =>
  store.webhookEndpoints
    .all()
    .filter((endpoint) => endpoint.status === 'enabled' && fits(endpoint))
    .map((endpoint) => ({ endpoint: endpoint.id, attempts: 0, nextAttemptAt: 0, state: 'pending' }));

/** Events of the other mode, or of a connected account: endpoints may get them, and our key doesn't list them. */
export interface Elsewhere {
  livemode?: boolean | undefined;
  account?: string | undefined;
}

export const isElsewhere = (event: StripeEvent): boolean => event.livemode || event.account !== undefined;

/**
 * Raises an event with a snapshot of the object. Only endpoints that are enabled now will ever get it: what was raised
 * while an endpoint was disabled is never sent later.
 */
export function emit(
  world: World,
  type: string,
  subject: Subject,
  previous?: Record<string, unknown>,
  { livemode = false, account }: Elsewhere = {},
): StripeEvent {
  const object = render(subject);
  const deliveries = deliveriesTo(world.store, (endpoint) => wants(endpoint, type));
  const event: StripeEvent = {
    id: newId('evt'),
    object: 'event',
    api_version: API_VERSION,
    created: world.clock.now(),
    data: previous ? { object, previous_attributes: previous } : { object },
    livemode,
    ...(account !== undefined && { account }),
    pending_webhooks: deliveries.length,
    request: { id: world.request?.id ?? null, idempotency_key: world.request?.idempotencyKey ?? null },
    type,
    fake: { legacy: legacyFields(world, subject), deliveries },
  };
  world.store.events.add(event);
  world.announce(event);
  return event;
}

/** Changes an object and raises the event that tells of it, with what the changed fields were before. */
export function change<T extends Subject>(world: World, subject: T, changes: Partial<T>, type: string): void {
  const previous: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(changes)) {
    const before = subject[key as keyof T];
    if (key !== 'fake' && JSON.stringify(before) !== JSON.stringify(value)) previous[key] = before ?? null;
  }
  const snapshot = render(previous);
  Object.assign(subject, changes);
  emit(world, type, subject, snapshot);
}
