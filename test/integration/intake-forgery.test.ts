import { connect } from 'node:net';
import { serve, type ServerType } from '@hono/node-server';
import fc from 'fast-check';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rejectedDeliveries } from '../../src/db/schema.js';
import { createApp } from '../../src/http/app.js';
import type { Intake } from '../../src/http/webhooks/intake.js';
import { forgedDeliveries, hmacOf, signedDeliveries, type Forged } from '../support/forged.js';
import { anIntake } from '../support/intake.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';
import { stripeEvent } from '../support/stack-events.js';

const secret = 'whsec_of_the_corpus';
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

let stack: TestDatabase;
let intake: Intake;
let app: ReturnType<typeof createApp>;
let api: ServerType;
let port: number;

beforeAll(async () => {
  stack = await startDatabase('intake-forgery');
  // With these dice the gate looks at everything: it is the checks behind it that are tried here.
  intake = anIntake(stack.database.db, [secret], { dice: () => 0, nowMs: () => clock.nowMs });
  app = createApp({ logger: silent, intake, checks: {} });
  port = await new Promise<number>((resolve) => {
    api = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (info) => resolve(info.port));
  });
});
afterAll(async () => {
  await new Promise((resolve) => api.close(resolve));
  await intake.refusals.stop();
  await stack.end();
});

const clock = { nowMs: Date.now() };

let before: Record<string, number>;
beforeEach(async () => {
  await intake.refusals.flush();
  await stack.database.db.delete(rejectedDeliveries);
  before = await rowsByTable();
});

async function rowsByTable(): Promise<Record<string, number>> {
  const { db } = stack.database;
  const tables = await db.execute<{ name: string }>(sql`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE' and table_name <> 'rejected_deliveries'`);
  const counted: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await db.execute<{ n: number }>(
      sql`select count(*)::int as n from ${sql.identifier(name)}`,
    );
    counted[name] = row?.n ?? NaN;
  }
  return counted;
}

/** All that is left of so many refused deliveries: their number, in few rows, and nothing in any other table. */
async function expectOnlyCounted(refused: number): Promise<void> {
  await intake.refusals.flush();
  const rows = await stack.database.db.select().from(rejectedDeliveries);
  expect(rows.reduce((sum, { times }) => sum + times, 0)).toBe(refused);
  expect(rows.length).toBeLessThan(300);
  expect(await rowsByTable()).toEqual(before);
}

/** Byte by byte, as no HTTP client would send it; resolves to the status. */
function send({ method, headers, body, isChunked }: Forged): Promise<number> {
  const length = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  const head = [`${method} /webhooks/stripe HTTP/1.1`, 'Host: 127.0.0.1', length, ...lines, '', ''].join(
    '\r\n',
  );
  const half = Math.ceil(body.length / 2);
  const chunks = [body.subarray(0, half), body.subarray(half)].filter(({ length: size }) => size > 0);
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(Buffer.from(head, 'latin1'));
      if (!isChunked) return void socket.write(body);
      for (const chunk of chunks)
        socket.write(
          Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]),
        );
      socket.write('0\r\n\r\n');
    });
    socket.once('data', (data) => {
      socket.destroy();
      resolve(Number(/^HTTP\/1\.1 (\d{3}) /.exec(data.toString('latin1'))?.[1]));
    });
    socket.once('error', reject);
  });
}

async function sendAll(all: readonly Forged[]): Promise<{ name: string; status: number }[]> {
  const answered: { name: string; status: number }[] = [];
  const rest = [...all];
  const sender = async () => {
    for (let one = rest.pop(); one !== undefined; one = rest.pop())
      answered.push({ name: one.name, status: await send(one) });
  };
  await Promise.all(Array.from({ length: 16 }, sender));
  return answered;
}

describe('EC-20 a corpus of forged and malformed deliveries', () => {
  it('EC-20 is refused to the last of it, and leaves nothing but its number', async () => {
    clock.nowMs = Date.now();
    const corpus = forgedDeliveries(secret, clock.nowMs);
    expect(corpus.length).toBeGreaterThanOrEqual(1_000);
    expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length);
    const answered = await sendAll(corpus);
    expect(answered.filter(({ status }) => status !== 400 && status !== 413)).toEqual([]);
    await expectOnlyCounted(corpus.length);
  });

  it('EC-20 is not taken by another method, though it is truly signed', async () => {
    clock.nowMs = Date.now();
    const methods = ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'];
    const all = signedDeliveries(secret, clock.nowMs).flatMap((one) =>
      methods.map((method) => ({ ...one, name: `${method} ${one.name}`, method })),
    );
    const answered = await sendAll(all);
    expect(answered.filter(({ status }) => status !== 404)).toEqual([]);
    await expectOnlyCounted(0);
  });

  it('is made of deliveries that are taken when nothing is wrong with them, in each guise', async () => {
    clock.nowMs = Date.now();
    const genuine = signedDeliveries(secret, clock.nowMs);
    const answered = await sendAll(genuine);
    expect(answered.filter(({ status }) => status !== 200)).toEqual([]);
    const now = await rowsByTable();
    expect(now['event_ids']).toBe((before['event_ids'] ?? 0) + genuine.length);
  });
});

describe('EC-20 mutations of a genuine delivery', () => {
  const body = Buffer.from(JSON.stringify(stripeEvent()));
  const signedAt = Date.parse('2026-11-30T12:00:00Z');
  const t = `t=${signedAt / 1_000}`;
  const v1 = `v1=${hmacOf(body, { secret, atMs: signedAt })}`;
  const header = Buffer.from(`${t},${v1}`);

  type Mutation = { readonly header: Buffer; readonly body: Buffer; readonly shiftMs: number };
  type Edit = (bytes: Buffer) => Buffer;

  const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const edits = (byte: fc.Arbitrary<number>): fc.Arbitrary<Edit> =>
    fc.oneof(
      fc.tuple(place, byte).map(([where, value]): Edit => (bytes) => {
        const copy = Buffer.from(bytes);
        copy[Math.floor(where * copy.length)] = value;
        return copy;
      }),
      fc
        .tuple(place, fc.array(byte, { minLength: 1, maxLength: 8 }))
        .map(([where, values]): Edit => (bytes) => {
          const at = Math.floor(where * (bytes.length + 1));
          return Buffer.concat([bytes.subarray(0, at), Buffer.from(values), bytes.subarray(at)]);
        }),
      fc.tuple(place, fc.integer({ min: 1, max: 64 })).map(([where, count]): Edit => (bytes) => {
        const at = Math.floor(where * bytes.length);
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + count)]);
      }),
      fc.tuple(place, place).map(([from, to]): Edit => (bytes) => {
        const [start, end] = [Math.floor(from * bytes.length), Math.floor(to * bytes.length)];
        return Buffer.concat([bytes, bytes.subarray(Math.min(start, end), Math.max(start, end))]);
      }),
      place.map(
        (where): Edit =>
          (bytes) =>
            bytes.subarray(0, Math.floor(where * bytes.length)),
      ),
    );
  const inHeader = fc.array(edits(fc.integer({ min: 0x20, max: 0x7e })), { maxLength: 3 });
  const inBody = fc.array(edits(fc.integer({ min: 0, max: 255 })), { maxLength: 3 });
  const shift = fc.oneof(
    fc.constant(0),
    fc.integer({ min: -600, max: 600 }).map((s) => s * 1_000),
  );
  const mutate = (bytes: Buffer, all: readonly Edit[]) => all.reduce((so, edit) => edit(so), bytes);

  /** Whether it may still be taken: its body, its time and its signature are there as they were, and its age is right. */
  const isGenuine = (one: Mutation) => {
    const items = one.header.toString('latin1').trim().split(',');
    return (
      one.body.equals(body) && items.includes(t) && items.includes(v1) && Math.abs(one.shiftMs) <= 300_000
    );
  };
  const mutation = fc
    .tuple(inHeader, inBody, shift)
    .map(([h, b, shiftMs]): Mutation => ({ header: mutate(header, h), body: mutate(body, b), shiftMs }))
    .filter((one) => !isGenuine(one));

  async function statusOf(one: Mutation): Promise<number> {
    const headers = {
      'stripe-signature': one.header.toString('latin1'),
      'content-length': String(one.body.length),
    };
    const request = { method: 'POST', headers, body: new Uint8Array(one.body) };
    const { status } = await app.request('/webhooks/stripe', request);
    return status;
  }

  it('EC-20 a hundred thousand of them are refused, each counted', { timeout: 600_000 }, async () => {
    const seed = Number(process.env['FORBEAR_SEED'] ?? 20_261_130);
    console.log(`intake mutations: seed ${seed}`);
    const [runs, atOnce] = [1_000, 100];
    let sent = 0;
    await fc.assert(
      // Those of one run share a clock: they go out by their shifts.
      fc.asyncProperty(fc.array(mutation, { minLength: atOnce, maxLength: atOnce }), async (all) => {
        for (const one of all) {
          clock.nowMs = signedAt + one.shiftMs;
          expect(await statusOf(one)).toBe(400);
        }
        sent += all.length;
      }),
      { numRuns: runs, seed, endOnFailure: true },
    );
    expect(sent).toBe(runs * atOnce);
    await expectOnlyCounted(sent);
  });

  it('is made of a delivery that is taken as it is', async () => {
    clock.nowMs = signedAt;
    expect(await statusOf({ header, body, shiftMs: 0 })).toBe(200);
  });
});
