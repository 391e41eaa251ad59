import { invalid, missingParam, noSuch } from '../failure.js';
import type { Form } from '../http/form.js';
import { listPage, PAGING } from '../http/list.js';
import { del, get, post, type Route } from '../http/route.js';
import type { WebhookEndpoint } from '../state/objects.js';
import { newId } from '../state/store.js';
import type { World } from '../world.js';

// Stripe's limit for one account.
const MOST_ENDPOINTS = 16;

function urlFrom(form: Form): string {
  const url = form.required('url');
  if (!URL.canParse(url))
    throw invalid('Invalid URL: An explicit scheme must be provided.', { param: 'url' });
  return url;
}

/** Creates an endpoint. Its secret is in this answer and in no later one. */
function create(world: World, form: Form): WebhookEndpoint & { secret: string } {
  form.allow('url', 'enabled_events', 'api_version', 'description', 'metadata');
  const enabled = form.texts('enabled_events');
  if (!enabled || enabled.length === 0) throw missingParam('enabled_events');
  if (world.store.webhookEndpoints.size >= MOST_ENDPOINTS) {
    throw invalid(`You have reached the maximum of ${MOST_ENDPOINTS} test webhook endpoints.`);
  }
  const secret = world.settings.webhookSecret ?? newId('whsec', 32);
  const endpoint: WebhookEndpoint = {
    id: newId('we'),
    object: 'webhook_endpoint',
    api_version: form.text('api_version') ?? null,
    application: null,
    created: world.clock.now(),
    description: form.text('description') ?? null,
    enabled_events: enabled,
    livemode: false,
    metadata: form.metadata(),
    status: 'enabled',
    url: urlFrom(form),
    fake: { secret, failingSince: null },
  };
  world.store.webhookEndpoints.add(endpoint);
  return { ...endpoint, secret };
}

function update(form: Form, endpoint: WebhookEndpoint): WebhookEndpoint {
  form.allow('url', 'enabled_events', 'disabled', 'description', 'metadata');
  if (form.has('url')) endpoint.url = urlFrom(form);
  endpoint.enabled_events = form.texts('enabled_events') ?? endpoint.enabled_events;
  const disabled = form.flag('disabled');
  if (disabled !== undefined) {
    endpoint.status = disabled ? 'disabled' : 'enabled';
    endpoint.fake.failingSince = null;
  }
  if (form.has('description')) endpoint.description = form.text('description') ?? null;
  endpoint.metadata = form.metadata(endpoint.metadata);
  return endpoint;
}

function endpointById(world: World, id: string): WebhookEndpoint {
  const endpoint = world.store.webhookEndpoints.get(id);
  if (!endpoint) throw noSuch('webhook endpoint', id);
  return endpoint;
}

export const webhookEndpointRoutes: readonly Route[] = [
  post('/v1/webhook_endpoints', ({ world, form }) => create(world, form)),
  get('/v1/webhook_endpoints', ({ world, form }) => {
    form.allow(...PAGING);
    return listPage(world.store.webhookEndpoints, form, { url: '/v1/webhook_endpoints' });
  }),
  get('/v1/webhook_endpoints/:id', ({ world, id }) => endpointById(world, id)),
  post('/v1/webhook_endpoints/:id', ({ world, form, id }) => update(form, endpointById(world, id))),
  del('/v1/webhook_endpoints/:id', ({ world, id }) => {
    world.store.webhookEndpoints.remove(endpointById(world, id).id);
    return { id, object: 'webhook_endpoint', deleted: true };
  }),
];
