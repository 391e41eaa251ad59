import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
