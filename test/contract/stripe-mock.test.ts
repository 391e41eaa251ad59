import { readFileSync } from 'node:fs';
import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStripeBilling } from '../../src/adapters/stripe/billing.js';
import { createStripeClient } from '../../src/adapters/stripe/client.js';
import { createStripeEvents } from '../../src/adapters/stripe/events.js';
import { createStripeVerifier } from '../../src/adapters/stripe/webhook.js';
import { typesAskedFor } from '../../src/dispatcher/classify.js';
import { asCustomerId, asInvoiceId, asSubscriptionId } from '../../src/domain/ids.js';
import { routes } from '../../src/stripe-fake/routes/index.js';
import { openStripeWorld, type StripeWorld } from '../support/billing-stripe.js';
import { tourAdapter } from '../support/stripe-mock/adapter-tour.js';
import {
  askMock,
  nameOf,
  once,
  shapesDiffer,
  violationsIn,
  type Difference,
  type Pair,
} from '../support/stripe-mock/compare.js';
import { secretIn, tourDev, type DevTour } from '../support/stripe-mock/dev-tour.js';
import { allEvents, eventsDiffer, subscribedIn, typesDiffer } from '../support/stripe-mock/events.js';
import { tourFake } from '../support/stripe-mock/fake-tour.js';
import type { Exchange } from '../support/stripe-mock/recorder.js';
import { operationOf, sentIn } from '../support/stripe-mock/sent.js';
import { startStripeMock, stripeMockPath, type StripeMock } from '../support/stripe-mock/server.js';
import { readSpecifications, resourceSchema } from '../support/stripe-mock/specification.js';
import { differences, mockVersion } from './stripe-mock/differences.js';
import { adapterRequests } from './stripe-mock/requests.js';

const missing = stripeMockPath === null ? ' (no stripe-mock: run npm test, whose set-up says why)' : '';

describe.skipIf(stripeMockPath === null)(`the Stripe fake held to Stripe's own stripe-mock${missing}`, () => {
  let specifications: ReturnType<typeof readSpecifications>;
  let world: StripeWorld | undefined;
  let mock: StripeMock | undefined;
  let adapter: readonly Exchange[];
  let dev: DevTour;
  let all: readonly Exchange[];
  let events: Stripe.Event[];
  let pairs: Pair[];

  beforeAll(async () => {
    specifications = readSpecifications(stripeMockPath ?? '');
    world = await openStripeWorld();
    adapter = await tourAdapter(world);
    dev = await tourDev(world);
    all = [...adapter, ...dev.exchanges, ...(await tourFake(world))];
    events = await allEvents(world);
    mock = await startStripeMock(stripeMockPath ?? '');
    pairs = await askMock(mock.base, all);
  }, 120_000);
  afterAll(async () => {
    await mock?.close();
    await world?.close();
  });

  const found = (): Difference[] =>
    once([
      ...violationsIn(specifications.released, all),
      ...shapesDiffer(specifications.released, pairs),
      ...eventsDiffer(specifications, events),
      ...typesDiffer(specifications, subscribedIn(dev.exchanges), events),
    ]);

  it('is held to the version for which the differences are listed', () => {
    expect(specifications.released.info.version).toBe(mockVersion);
  });

  it('compares every request that the adapter sends, parameter by parameter', () => {
    expect(sentIn(adapter)).toEqual(adapterRequests);
  });

  it('compares every operation that the fake has got', () => {
    const answered = new Set(all.filter(({ status }) => status === 200).map(operationOf));
    const offered = routes.map(({ method, path }) => `${method} ${path}`);
    expect(offered.filter((operation) => !answered.has(operation))).toEqual([]);
  });

  it('asks Stripe for nothing that it would not take', () => {
    // What the fake refuses for its parameters is asked wrongly on purpose, but never so by the adapter.
    const asked = pairs.filter(({ fake }) => ![400, 401].includes(fake.status) || adapter.includes(fake));
    const refused = asked.filter(({ mock: { status } }) => status !== 200);
    expect(refused.map(({ mock: { method, path, answer } }) => [method, path, answer])).toEqual([]);
    expect(asked.length).toBeGreaterThan(150);
  });

  it('differs in fields, types, events and errors just where a reason is given, and nowhere else', () => {
    expect(found().map(nameOf)).toEqual(once(differences).map(nameOf));
  });

  it('asks for every event that it acts on or keeps', () => {
    expect(typesAskedFor.filter((type) => !subscribedIn(dev.exchanges).includes(type))).toEqual([]);
  });

  it('delivers what the intake accepts, and what the specification says', () => {
    const verifier = createStripeVerifier({
      secrets: [{ secret: secretIn(dev.exchanges), until: null }],
      toleranceMs: 60_000,
    });
    const checks = dev.deliveries.map(({ body, signature, at }) => verifier.verify(body, signature, at));
    expect(checks.filter(({ accepted }) => !accepted)).toEqual([]);
    const bodies = dev.deliveries.map(({ body }) => JSON.parse(Buffer.from(body).toString()) as Stripe.Event);
    const known = differences.map(nameOf);
    const strange = eventsDiffer(specifications, bodies).map(nameOf);
    expect(strange.filter((name) => !known.includes(name))).toEqual([]);
  });

  it.each([
    [400, 'invalid_request_error', 'resource_missing'],
    [401, 'invalid_request_error', undefined],
    [402, 'card_error', 'card_declined'],
    [402, 'card_error', 'invoice_payment_intent_requires_action'],
    [404, 'invalid_request_error', 'resource_missing'],
    [400, 'idempotency_error', undefined],
    [429, 'invalid_request_error', 'rate_limit'],
    [500, 'api_error', undefined],
  ])('fails with %i as Stripe does: %s %s', (status, type, code) => {
    const wanted = expect.objectContaining({ type, ...(code === undefined ? {} : { code }) }) as unknown;
    const failures = all.filter((exchange) => exchange.status === status).map(({ answer }) => answer);
    expect(failures).toContainEqual({ error: wanted });
  });

  it.each([
    [401, '/v1/customers', 'sk_other'],
    [404, '/v1/no_such_thing', 'sk_test_fake'],
    [400, '/v1/customers?colour=red', 'sk_test_fake'],
  ])('fails with %i for %s as stripe-mock does', async (status, path, key) => {
    const ask = async (base = '', authorization = '') => {
      const response = await fetch(`${base}${path}`, { headers: { authorization } });
      const { error } = (await response.json()) as { error: Record<string, string> };
      const named = ['request-id', 'content-type'].map((name) => response.headers.has(name));
      return { status: response.status, type: error['type'], message: typeof error['message'], named };
    };
    // The mock takes any key that looks like one for tests.
    const theirs = await ask(mock?.base, status === 401 ? '' : 'Bearer sk_test_123');
    expect(theirs.status).toBe(status);
    expect(await ask(world?.fake.base, `Bearer ${key}`)).toEqual({ ...theirs, named: [true, true] });
  });

  it('lets the adapter read what stripe-mock answers', async () => {
    const stripe = createStripeClient({ secretKey: 'sk_test_123', apiBase: mock?.base });
    const billing = createStripeBilling(stripe, 'org', Date.now);
    await billing.ping();
    const customer = asCustomerId('cus_123');
    expect(await billing.readCustomer(customer)).toMatchObject({ id: customer });
    const standing = await billing.readStanding([customer]);
    expect(standing.complete).toBe(true);
    expect(standing.subscriptions).toHaveLength(1);
    expect(standing.invoices.length).toBeGreaterThan(0);
    await billing.endCollection([asSubscriptionId('sub_123')], 'cancel');
    await billing.pay({ invoice: asInvoiceId('in_123'), method: 'pm_123' }, 'key-1');
    const events = createStripeEvents(stripe);
    expect(await events.read('evt_123')).not.toBeNull();
    expect(await events.endpoints()).toHaveLength(1);
    for await (const { event } of events.list({ since: 0 })) expect(event?.type).toMatch(/./);
  });

  it('notices a parameter that Stripe does not know', async () => {
    const query = new URLSearchParams({ limit: '1', colour: 'red' });
    const request = { method: 'GET', path: '/v1/customers', query, status: 200, answer: {} };
    const [pair] = await askMock(mock?.base ?? '', [request]);
    expect(pair?.mock.status).toBe(400);
  });

  it.each(differences.filter(({ because }) => because === 'package'))(
    "$at is in the specification that Stripe's packages are made from",
    ({ at }) => {
      const [object = '', ...path] = at.split('.');
      let schema = resourceSchema(specifications.preview, object);
      for (const field of path) {
        let inner = schema?.properties?.[field];
        inner = inner?.anyOf?.[0] ?? inner;
        schema =
          inner?.$ref === undefined
            ? inner
            : specifications.preview.components.schemas[inner.$ref.split('/').at(-1) ?? ''];
      }
      expect(schema).toBeDefined();
    },
  );
});

describe('what Stripe has changed since', () => {
  const changelog = readFileSync(
    new URL('../../node_modules/stripe/CHANGELOG.md', import.meta.url),
    'utf8',
  ).split(/^## /m);

  it.each(differences.filter((difference) => difference.because === 'newer'))(
    "$at came with stripe $release, says its package's changelog",
    ({ at, release, change }) => {
      const told = changelog.find((section) => section.includes(`>${release} - `)) ?? '';
      const lines = told.split('\n').filter((line) => line.includes(change));
      expect(lines.some((line) => line.includes(`\`${at.split('.').at(-1) ?? ''}\``))).toBe(true);
      expect(release.localeCompare('22.6.0', 'en', { numeric: true })).toBeGreaterThan(0);
    },
  );
});
