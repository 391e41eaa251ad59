import type { ApiConfig, WorkerConfig } from '../../config.js';
import { typesActedOn } from '../../dispatcher/classify.js';
import { PortError } from '../../ports/errors.js';
import type { EventEndpoint } from '../../ports/events.js';
import { billingOf, eventsOf } from '../../wiring.js';
import { broken, ok, unknown, warning, type Diagnosis } from './diagnosis.js';

/** Key, mode and webhook endpoints of Stripe. */
export async function lookAtStripe({
  stripe,
  links,
}: Pick<ApiConfig | WorkerConfig, 'stripe' | 'links'>): Promise<readonly Diagnosis[]> {
  await billingOf(stripe).ping();
  const mode = stripe.livemode ? 'live' : 'test';
  const found = [
    ok(
      'stripe',
      `takes our key, in ${mode} mode${stripe.apiBase === undefined ? '' : `, at ${stripe.apiBase}`}`,
    ),
  ];
  const endpoints = await eventsOf(stripe)
    .endpoints()
    .catch((error: unknown) => {
      // A restricted key may well not be allowed to read them; that is no fault.
      if (error instanceof PortError && error.code === 'BILLING_REFUSED') return null;
      throw error;
    });
  if (endpoints === null)
    return [
      ...found,
      unknown(
        'webhook',
        'this key may not read the webhook endpoints',
        'look at them in Stripe’s dashboard, or give the key the right to read them',
      ),
    ];
  return [...found, ...lookAtEndpoints(endpoints, links?.publicUrl ?? null)];
}

const path = '/webhooks/stripe';

/** Whether some endpoint sends everything here that is acted on. Pure. */
export function lookAtEndpoints(
  endpoints: readonly Pick<EventEndpoint, 'url' | 'enabled' | 'types'>[],
  publicUrl: string | null,
): Diagnosis[] {
  const wanted = publicUrl === null ? path : `${publicUrl}${path}`;
  const ours = endpoints.filter(({ url }) => (publicUrl === null ? url.endsWith(path) : url === wanted));
  if (ours.length === 0)
    return [
      broken(
        'webhook',
        `no endpoint of Stripe sends to ${wanted}: no event arrives`,
        `add one in Stripe’s dashboard, for ${typesActedOn.join(', ')}`,
      ),
    ];
  const enabled = ours.filter((endpoint) => endpoint.enabled);
  if (enabled.length === 0)
    return [
      broken(
        'webhook',
        `Stripe has disabled the endpoint ${ours[0]?.url}`,
        'see why its deliveries failed, then enable it in Stripe’s dashboard',
      ),
    ];
  const missing = typesActedOn.filter(
    (type) => !enabled.some(({ types }) => types.includes('*') || types.includes(type)),
  );
  if (missing.length > 0)
    return [
      warning(
        'webhook',
        `the endpoint does not send ${missing.join(', ')}`,
        'add these events to it in Stripe’s dashboard',
      ),
    ];
  return [ok('webhook', `${enabled[0]?.url} gets every event that is acted on`)];
}
