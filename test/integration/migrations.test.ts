import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knownEvents, storeEvents, unpack } from '../../src/db/queries/inbox.js';
import { countRefusals } from '../../src/db/queries/refusals.js';
import { openDatabase } from '../../src/db/client.js';
import { arrivalOf } from '../support/arrivals.js';
import { checkout } from '../support/stack-folder.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

let stack: TestDatabase;

beforeAll(async () => {
  stack = await startDatabase('migrations');
});
afterAll(async () => {
  await stack.end();
});

/** An empty database on the same server, for as long as the work takes. */
async function inEmptyDatabase(name: string, work: (client: Sql) => Promise<void>): Promise<void> {
  const owner = postgres(stack.url, { max: 1 });
  await owner.unsafe(`create database ${name}`);
  await owner.end();
  const client = postgres(stack.url, { database: name, max: 1, onnotice: () => undefined });
  await work(client).finally(() => client.end());
}

async function apply(client: Sql, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    const text = readFileSync(join(checkout, 'src/db/migrations', `${name}.sql`), 'utf8');
    for (const statement of text.split('--> statement-breakpoint')) await client.unsafe(statement);
  }
}

describe('migration 0002', () => {
  it('keeps what customers were told: no case that is open loses its warning', async () => {
    await inEmptyDatabase('told_before', async (client) => {
      await apply(client, '0000_spine', '0001_inbox-notify');
      const [account, caseId] = [crypto.randomUUID(), crypto.randomUUID()];
      const [earlier, later] = [new Date('2026-11-12T09:00:00Z'), new Date('2026-11-15T09:00:00Z')];
      const acceptedAt = new Date('2026-11-03T09:00:00Z');
      const notices = [
        { message_id: '<3>', round: 3, topic: 'recovered', promised_step: null, promised_at: null },
        { message_id: '<2>', round: 2, topic: 'moved', promised_step: 'pause', promised_at: later },
        { message_id: '<1>', round: 1, topic: 'reminder', promised_step: 'pause', promised_at: earlier },
      ].map((notice) => ({
        ...notice,
        account,
        case_id: caseId,
        recipients: ['a'],
        accepted_at: acceptedAt,
      }));
      await client`insert into accounts ${client({ id: account, ref: 'acme', name: 'Acme' })}`;
      await client`insert into notices ${client(notices)}`;
      await client`insert into access ${client({ account })}`;
      await apply(client, '0002_whole-life');

      const told =
        await client`select account, case_id, message_id, step, at, accepted_at from promises order by seq`;
      const promise = { account, case_id: caseId, step: 'pause', accepted_at: acceptedAt };
      expect([...told]).toEqual([
        { ...promise, message_id: '<1>', at: earlier },
        { ...promise, message_id: '<2>', at: later },
      ]);
      const kept = await client`select exemption, forgiven from access`;
      expect([...kept]).toEqual([{ exemption: null, forgiven: [] }]);
      expect(await client`select from notices`).toHaveLength(3);
    });
  });
});

describe('migration 0005', () => {
  it('keeps the contacts of every account, as billing contacts', async () => {
    await inEmptyDatabase('contacts_before', async (client) => {
      const before = ['0000_spine', '0001_inbox-notify', '0002_whole-life', '0003_cases-by-account'];
      await apply(client, ...before, '0004_policy-books');
      const [one, two] = [crypto.randomUUID(), crypto.randomUUID()];
      const contacts = ['a@x.example', 'b@x.example', 'a@x.example'];
      await client`insert into accounts ${client([
        { id: one, ref: 'one', name: 'One', contacts },
        { id: two, ref: 'two', name: 'Two', contacts: [] },
      ])}`;
      await apply(client, '0005_accounts');
      const kept = await client`select account, role, email, name from account_contacts order by email`;
      const billing = { account: one, role: 'billing', name: null };
      expect([...kept]).toEqual([
        { ...billing, email: 'a@x.example' },
        { ...billing, email: 'b@x.example' },
      ]);
    });
  });
});

describe('migration 0010', () => {
  const before = [
    '0000_spine',
    '0001_inbox-notify',
    '0002_whole-life',
    '0003_cases-by-account',
    '0004_policy-books',
    '0005_accounts',
    '0006_api-keys',
    '0007_access-notify',
    '0008_webhooks-out',
    '0009_access-outbox',
  ];

  it('EC-11 keeps every event with its text and its fate, and knows each as a duplicate', async () => {
    await inEmptyDatabase('inbox_before_days', async (client) => {
      await apply(client, ...before);
      const [today, longAgo] = [new Date(), new Date('2026-02-03T09:00:00Z')];
      const event = { type: 'invoice.paid', livemode: false, created_at: longAgo, customer: 'cus_1' };
      const text = { id: 'evt_1', object: 'event', data: { object: { name: 'Ærø 🛟' } } };
      const rows = [
        { ...event, event_id: 'evt_1', received_at: longAgo, state: 'settled', payload: text },
        { ...event, event_id: 'evt_2', received_at: today, state: 'pending', payload: { id: 'evt_2' } },
        { ...event, event_id: 'evt_3', received_at: today, state: 'unmatched', payload: { id: 'evt_3' } },
      ];
      for (const row of rows) {
        const payload = client.json(row.payload);
        await client`insert into inbox ${client({ ...row, attempts: 2, last_error: 'x', payload })}`;
      }
      const old =
        await client`select seq, event_id, state, received_at, attempts, last_error from inbox order by seq`;
      await apply(client, '0010_intake');

      const kept =
        await client`select seq, event_id, state, received_at, attempts, last_error from inbox order by seq`;
      expect([...kept]).toEqual([...old]);
      const payloads = await client<{ payload: Buffer }[]>`select payload from inbox order by seq`;
      const texts = payloads.map(
        ({ payload }) => JSON.parse(Buffer.from(unpack(payload)).toString()) as unknown,
      );
      expect(texts).toEqual(rows.map(({ payload }) => payload));
      const places = await client<
        { place: string }[]
      >`select tableoid::regclass::text as place from inbox order by seq`;
      expect(places[0]?.place).toBe('inbox_rest');
      expect(places[1]?.place).toMatch(/^inbox_\d{8}$/);
    });

    const url = new URL(stack.url);
    url.pathname = '/inbox_before_days';
    const { db, close } = openDatabase(url.href, 1);
    expect(await knownEvents(db, ['evt_1', 'evt_2', 'evt_3', 'evt_4'])).toEqual(
      new Set(['evt_1', 'evt_2', 'evt_3']),
    );
    const proofs = await storeEvents(db, [arrivalOf('evt_1'), arrivalOf('evt_4')]);
    expect(proofs.map(({ duplicate }) => duplicate)).toEqual([true, false]);
    // What comes is numbered on, from where the inbox stood.
    const [newest] = await db.execute<{ seq: string }>('select max(seq) as seq from inbox');
    expect(Number(newest?.seq)).toBeGreaterThan(3);
    await close();
  });

  it('keeps how many deliveries were refused, and for what', async () => {
    await inEmptyDatabase('refusals_before_traces', async (client) => {
      await apply(client, ...before);
      const last = { day: '2026-11-30', last_at: new Date() };
      await client`insert into rejected_deliveries ${client([
        { ...last, reason: 'signature_mismatch', count: 41 },
        { ...last, reason: 'too_large', count: 1 },
      ])}`;
      await apply(client, '0010_intake');
    });
    const url = new URL(stack.url);
    url.pathname = '/refusals_before_traces';
    const { db, close } = openDatabase(url.href, 1);
    expect(Object.fromEntries(await countRefusals(db, 3_600))).toEqual({
      signature_mismatch: 41,
      too_large: 1,
    });
    await close();
  });
});
