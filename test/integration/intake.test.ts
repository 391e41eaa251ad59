import { createHmac } from 'node:crypto';
import { Agent, request, type ClientRequest } from 'node:http';
import { connect } from 'node:net';
import { serve, type ServerType } from '@hono/node-server';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '../../src/db/client.js';
import { countRefusals } from '../../src/db/queries/refusals.js';
import { eventIds, inbox, rejectedDeliveries } from '../../src/db/schema.js';
import { dispatchBatch } from '../../src/dispatcher/dispatch.js';
import { createApp } from '../../src/http/app.js';
import type { Intake } from '../../src/http/webhooks/intake.js';
import { dispatching } from '../support/dispatcher.js';
import { anIntake } from '../support/intake.js';
import { deliver, newId, signatureOf, stripeEvent } from '../support/stack-events.js';
import { makeTestFolder } from '../support/stack-folder.js';
import { prepareServers, type TestServers } from '../support/stack-servers.js';

const secret = 'whsec_of_the_test';
const rotated = 'whsec_the_one_before';

let folder: ReturnType<typeof makeTestFolder>;
let servers: TestServers;
let database: Database;
let api: ServerType;
let webhook: string;
let intake: Intake;

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

beforeAll(async () => {
  folder = makeTestFolder('intake');
  servers = await prepareServers(folder.path);
  await servers.postgres.up();
  database = openDatabase(servers.postgres.url);
  intake = anIntake(database.db, [secret, rotated]);
  const app = createApp({ logger: silent, intake, checks: {} });
  const port = await new Promise<number>((resolve) => {
    api = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (info) => resolve(info.port));
  });
  webhook = `http://127.0.0.1:${port}/webhooks/stripe`;
});

afterAll(async () => {
  await new Promise((resolve) => api.close(resolve));
  await database.close();
  await servers.postgres.down();
  folder.remove();
});

beforeEach(async () => {
  await intake.refusals.flush();
  await database.db.delete(inbox);
  await database.db.delete(eventIds);
  await database.db.delete(rejectedDeliveries);
});

const rows = () => database.db.select().from(inbox).orderBy(inbox.seq);

async function refusals(): Promise<Record<string, number>> {
  await intake.refusals.flush();
  return Object.fromEntries(await countRefusals(database.db, 60));
}

type Answer = { readonly status: number; readonly body: { readonly error?: string; readonly hint?: string } };

/** On a connection of its own: one that carried what was too large is closed by the server. */
function open(signature: string | undefined, answered: (answer: Answer) => void): ClientRequest {
  const headers = { 'content-type': 'application/json', ...(signature && { 'stripe-signature': signature }) };
  // Kept alive, so that the server does not cut it off while it is still being written to.
  const agent = new Agent({ keepAlive: true });
  return request(webhook, { method: 'POST', headers, agent }, (response) => {
    let text = '';
    response.on('data', (data) => (text += String(data)));
    response.on('end', () => {
      agent.destroy();
      answered({ status: response.statusCode ?? 0, body: JSON.parse(text) as Answer['body'] });
    });
  });
}

function post(body: string | Uint8Array, signature?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    open(signature, resolve).on('error', reject).end(body);
  });
}

/** Every table that holds this text anywhere. */
async function tablesWith(text: string): Promise<string[]> {
  const tables = await database.db.execute<{ name: string }>(
    sql`select table_name as name from information_schema.tables where table_schema = 'public'`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const hits = await database.db.execute(
      sql`select 1 from ${sql.identifier(name)} t where t::text like ${`%${text}%`} limit 1`,
    );
    if (hits.length > 0) found.push(name);
  }
  return found;
}

describe('EC-11 duplicates', () => {
  /** Dispatches everything; says how often each event was told. */
  async function dispatched(): Promise<string[]> {
    const told: string[] = [];
    const account = newId('app');
    const billing = {
      readCustomer: (id: never) => Promise.resolve({ id, name: null, email: null, account, language: null }),
    };
    const signaller = {
      signal: (_: unknown, __: unknown, hints: readonly { eventId: string }[]) => {
        told.push(...hints.map(({ eventId }) => eventId));
        return Promise.resolve();
      },
    };
    while ((await dispatchBatch(dispatching(database.db, { billing, signaller }))) > 0);
    return told;
  }

  it('EC-11 answers 200 to the second delivery, keeps one row and has one effect', async () => {
    const event = stripeEvent();
    expect(await deliver(webhook, event, secret)).toMatchObject({ status: 200, body: { duplicate: false } });
    expect(await deliver(webhook, event, secret)).toMatchObject({ status: 200, body: { duplicate: true } });
    expect(await rows()).toHaveLength(1);
    expect(await dispatched()).toEqual([event.id]);
    expect(await deliver(webhook, event, secret)).toMatchObject({ status: 200, body: { duplicate: true } });
    expect(await dispatched()).toEqual([]);
  });

  it('EC-11 recognises a delivery that comes again days later', async () => {
    const event = stripeEvent();
    await deliver(webhook, event, secret);
    await dispatched();
    const longAgo = sql`now() - interval '20 days'`;
    await database.db.update(inbox).set({ createdAt: longAgo, receivedAt: longAgo, dispatchedAt: longAgo });
    const before = await rows();
    expect(await deliver(webhook, event, secret)).toMatchObject({ status: 200, body: { duplicate: true } });
    expect(await rows()).toEqual(before);
    expect(await dispatched()).toEqual([]);
  });

  it('EC-11 takes one of twenty deliveries that come at once', async () => {
    const event = stripeEvent();
    const answers = await Promise.all(Array.from({ length: 20 }, () => deliver(webhook, event, secret)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(answers.filter(({ body }) => body['duplicate'] === false)).toHaveLength(1);
    expect(await rows()).toHaveLength(1);
    expect(await dispatched()).toEqual([event.id]);
  });
});

describe('EC-20 what is no genuine delivery', () => {
  const marker = 'CONFIDENTIAL-marker';
  const body = JSON.stringify(stripeEvent({ object: { id: 'in_1', object: 'invoice', customer: marker } }));
  const event = (change: object) => JSON.stringify({ ...stripeEvent(), ...change, note: marker });
  const oversized = event({ padding: 'x'.repeat(600 * 1024) });
  const minutes = 60_000;
  const now = Date.now();

  const refused: [
    what: string,
    body: string,
    signature: string | undefined,
    status: number,
    reason: string,
  ][] = [
    ['unsigned', body, undefined, 400, 'signature_missing'],
    ['forged with another secret', body, signatureOf(body, 'whsec_of_a_stranger'), 400, 'signature_mismatch'],
    [
      'changed after it was signed',
      body.replace('in_1', 'in_2'),
      signatureOf(body, secret),
      400,
      'signature_mismatch',
    ],
    ['truncated', body.slice(0, -20), signatureOf(body, secret), 400, 'cut_off'],
    ['signed by nonsense', body, 'not a signature', 400, 'signature_malformed'],
    [
      'signed without a scheme we know',
      body,
      `t=${Math.floor(now / 1_000)},v0=abc`,
      400,
      'signature_malformed',
    ],
    ['signed with broken hex', body, `t=${Math.floor(now / 1_000)},v1=zz`, 400, 'signature_mismatch'],
    ['signed a thousand times', body, `t=1,${'v1=a,'.repeat(1_000)}`, 400, 'signature_malformed'],
    ['stale', body, signatureOf(body, secret, now - 6 * minutes), 400, 'timestamp_too_old'],
    ['of the future', body, signatureOf(body, secret, now + 60 * minutes), 400, 'timestamp_in_future'],
    ['not JSON', marker, signatureOf(marker, secret), 400, 'not_an_event'],
    ['JSON of something else', `["${marker}"]`, signatureOf(`["${marker}"]`, secret), 400, 'not_an_event'],
    [
      'an event without an object',
      event({ data: {} }),
      signatureOf(event({ data: {} }), secret),
      400,
      'not_an_event',
    ],
    ['an event without an id', event({ id: 7 }), signatureOf(event({ id: 7 }), secret), 400, 'not_an_event'],
    ['oversized', oversized, signatureOf(oversized, secret), 413, 'too_large'],
  ];

  it.each(refused)('EC-20 refuses what is %s', async (_, sent, signature, status, reason) => {
    // What is signed here is made once, so that body and signature fit.
    const signed =
      signature !== undefined && reason === 'not_an_event' ? signatureOf(sent, secret) : signature;
    const answer = await post(sent, signed);
    expect(answer).toMatchObject({ status, body: { error: reason } });
    expect(answer.body.hint).toMatch(/\w{3}/);
    expect(await rows()).toEqual([]);
    expect(await refusals()).toEqual({ [reason]: 1 });
    expect(await tablesWith(marker)).toEqual([]);
  });

  it('EC-20 refuses bytes that are no text, though they are signed', async () => {
    const bytes = Buffer.from(body.replace('in_1', 'in_\u00ff'), 'latin1');
    const t = Math.floor(Date.now() / 1_000);
    const v1 = createHmac('sha256', secret).update(`${t}.`).update(bytes).digest('hex');
    const answer = await post(bytes, `t=${t},v1=${v1}`);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatch(/not_an_event|signature_mismatch/);
    expect(await rows()).toEqual([]);
  });

  it('EC-20 refuses what is oversized and does not say so, without waiting for its end', async () => {
    const answer = await new Promise<Answer>((resolve, reject) => {
      // Without a content-length Node sends it in chunks; it is never ended.
      const call = open('t=1,v1=a', resolve).on('error', reject);
      call.write('x'.repeat(520 * 1024));
    });
    expect(answer.status).toBe(413);
    expect(await rows()).toEqual([]);
    expect(await refusals()).toEqual({ too_large: 1 });
  });

  it('takes a genuine delivery that comes in chunks', async () => {
    const sent = stripeEvent();
    const text = JSON.stringify(sent);
    const answer = await new Promise<Answer>((resolve, reject) => {
      const call = open(signatureOf(text, secret), resolve).on('error', reject);
      call.write(text.slice(0, 100));
      call.end(text.slice(100));
    });
    expect(answer.status).toBe(200);
    expect((await rows()).map(({ eventId }) => eventId)).toEqual([sent.id]);
  });

  it('EC-20 keeps nothing of a delivery whose connection breaks half-way', async () => {
    const { hostname, port, pathname } = new URL(webhook);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        const lines = [
          `POST ${pathname} HTTP/1.1`,
          `Host: ${hostname}`,
          `Stripe-Signature: ${signatureOf(body, secret)}`,
        ];
        socket.write([...lines, `Content-Length: ${body.length}`, '', body.slice(0, 50)].join('\r\n'));
        setTimeout(() => socket.destroy(), 100);
      });
      socket.once('close', () => resolve());
    });
    expect(await deliver(webhook, stripeEvent(), secret)).toMatchObject({ status: 200 });
    expect(await rows()).toHaveLength(1);
    expect(await tablesWith(marker)).toEqual([]);
    expect(await refusals()).toEqual({ cut_off: 1 });
  });

  it('EC-20 counts every refusal of a day by its reason', async () => {
    await Promise.all(Array.from({ length: 8 }, () => post(body)));
    await post(body, 'nonsense');
    expect(await refusals()).toEqual({ signature_missing: 8, signature_malformed: 1 });
  });

  it('EC-20 takes either of two secrets while one is being rotated, and a header that carries both', async () => {
    const [one, two, three] = [stripeEvent(), stripeEvent(), stripeEvent()];
    expect((await deliver(webhook, one, secret)).status).toBe(200);
    expect((await deliver(webhook, two, rotated)).status).toBe(200);
    const text = JSON.stringify(three);
    const stranger = signatureOf(text, 'whsec_of_the_next_version').split(',')[1];
    const [t, v1] = signatureOf(text, rotated).split(',');
    expect((await post(text, `${t},${stranger},${v1}`)).status).toBe(200);
    expect((await rows()).map(({ eventId }) => eventId)).toEqual([one.id, two.id, three.id]);
  });
});

describe('what is kept of an event', () => {
  const ids = { customer: 'cus_1', invoice: 'in_1', subscription: 'sub_1' };
  const invoice = { id: 'in_1', object: 'invoice' };
  const shapes: [string, object][] = [
    ['today', { ...invoice, customer: 'cus_1', parent: { subscription_details: { subscription: 'sub_1' } } }],
    [
      'today, expanded',
      {
        ...invoice,
        customer: { id: 'cus_1' },
        parent: { subscription_details: { subscription: { id: 'sub_1' } } },
      },
    ],
    ['before 2025', { ...invoice, customer: 'cus_1', subscription: 'sub_1', paid: false }],
    [
      'before 2025, expanded',
      { ...invoice, customer: { id: 'cus_1', object: 'customer' }, subscription: { id: 'sub_1' } },
    ],
  ];
  it.each(shapes)('takes the same ids from an invoice in the shape of %s', async (_, object) => {
    await deliver(webhook, stripeEvent({ object }), secret);
    expect(await rows()).toMatchObject([ids]);
  });

  it('takes the ids of a subscription, and of a customer itself', async () => {
    await deliver(
      webhook,
      stripeEvent({ object: { id: 'sub_1', object: 'subscription', customer: 'cus_1' } }),
      secret,
    );
    await deliver(webhook, stripeEvent({ object: { id: 'cus_1', object: 'customer' } }), secret);
    expect(await rows()).toMatchObject([
      { customer: 'cus_1', invoice: null, subscription: 'sub_1' },
      { customer: 'cus_1', invoice: null, subscription: null },
    ]);
  });

  it('IN-4 keeps an event of the other mode as ignored and answers 200', async () => {
    const answer = await deliver(webhook, stripeEvent({ livemode: true }), secret);
    expect(answer).toMatchObject({ status: 200, body: { ignored: 'other_mode' } });
    expect(await rows()).toMatchObject([{ state: 'ignored', livemode: true }]);
  });

  it('keeps an event whose text Postgres cannot hold as it is', async () => {
    const name = 'a\u0000b\ud800c';
    const event = stripeEvent({
      object: { id: 'in_1', object: 'invoice', customer: 'cus_1', customer_name: name },
    });
    expect(await deliver(webhook, event, secret)).toMatchObject({ status: 200, body: { duplicate: false } });
    expect(await rows()).toMatchObject([{ eventId: event.id, customer: 'cus_1' }]);
  });
});

it('answers 404 to what is no route, and takes webhooks by POST alone', async () => {
  const base = webhook.replace('/webhooks/stripe', '');
  const body = JSON.stringify(stripeEvent());
  const headers = { 'stripe-signature': signatureOf(body, secret) };
  for (const path of [
    '/',
    '/webhooks',
    '/webhooks/stripe2',
    '/webhooks/stripe/again',
    '/stripe',
    '/webhook',
  ]) {
    const answer = await fetch(`${base}${path}`, { method: 'POST', body, headers });
    expect([path, answer.status]).toEqual([path, 404]);
  }
  for (const method of ['GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS']) {
    expect([method, (await fetch(webhook, { method })).status]).toEqual([method, 404]);
  }
  expect(await rows()).toEqual([]);
});
