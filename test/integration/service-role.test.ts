import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateCommand } from '../../src/cli/run.js';
import { openDatabase, type Database } from '../../src/db/client.js';
import { deletedFrom } from '../../src/db/grants.js';
import { keepOpen, listAlerts, resolveAlerts } from '../../src/db/queries/alerts.js';
import { readTrouble } from '../../src/db/queries/trouble.js';
import { noteRound, noteSighted } from '../../src/db/queries/watch.js';
import { openEventStore } from '../../src/db/store/store.js';
import { dispatchBatch } from '../../src/dispatcher/dispatch.js';
import { createTidy } from '../../src/watch/tidy.js';
import { arrivalOf } from '../support/arrivals.js';
import { aCase } from '../support/claims-case.js';
import { claimsKeepTheirWord } from '../support/claims.js';
import { claimsOnPostgres } from '../support/claims-postgres.js';
import { forbearHere } from '../support/cli.js';
import { arrive, dispatching, recorder } from '../support/dispatcher.js';
import { createMemoryBilling } from '../../src/adapters/memory/billing.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';
import { newId } from '../support/stack-events.js';
import { checkout } from '../support/stack-folder.js';

let stack: TestDatabase;
let service: Database;
let serviceUrl: string;

const grant = (role: string) =>
  forbearHere(migrateCommand(), ['migrate', '--grant', role], { DATABASE_URL: stack.url });

beforeAll(async () => {
  stack = await startDatabase('service-role', { withMovableClock: true });
  const { db } = stack.database;
  await db.execute(sql`create role "forbear-service" login password 'service'`);
  await db.execute(sql`grant usage on schema movable to "forbear-service"`);
  await db.execute(sql`grant select on movable.clock to "forbear-service"`);
  const granted = await grant('forbear-service');
  expect([granted.code, granted.err]).toEqual([0, '']);
  const url = new URL(stack.url);
  [url.username, url.password] = ['forbear-service', 'service'];
  serviceUrl = url.href;
  service = openDatabase(serviceUrl, 25);
  await db.execute(sql`insert into intake_watch (sighted_at) values ('infinity')`);
});
afterAll(async () => {
  await service?.close();
  await stack.end();
});

const serviceWorld = () => claimsOnPostgres(service, stack.wait, stack.database);

describe('P-9 a role that has what api and worker need', () => {
  claimsKeepTheirWord(serviceWorld);

  it('takes events in, dispatches them, and keeps the inbox in days', async () => {
    const store = openEventStore(serviceUrl);
    const arrival = arrivalOf(newId('evt'));
    expect(await store.store([arrival], new AbortController().signal)).toMatchObject([{ duplicate: false }]);
    await store.stop();
    const { db } = service;
    await arrive(db, [{ customer: null }]);
    const deps = dispatching(db, {
      billing: createMemoryBilling({ clock: Date.now }),
      signaller: recorder(),
    });
    expect(await dispatchBatch(deps)).toBeGreaterThan(0);
    const day = sql.raw(
      `public.inbox_20200101 partition of inbox for values from ('2020-01-01Z') to ('2020-01-02Z')`,
    );
    await stack.database.db.execute(sql`create table ${day}`);
    await createTidy({ db, eventDays: 1, nowMs: Date.now })();
    const [old] = await db.execute<{ is: string | null }>(
      sql`select to_regclass('public.inbox_20200101')::text as is`,
    );
    expect(old?.is).toBeNull();
    const [made] = await stack.database.db.execute<{ days: string }>(
      sql`select count(*) as days from pg_class where relname ~ '^inbox_[0-9]{8}$'`,
    );
    expect(Number(made?.days)).toBeGreaterThanOrEqual(8);
  });

  it('watches, and raises and ends alerts', async () => {
    const { db } = service;
    await noteSighted(db);
    await noteRound(db);
    await readTrouble(db, Date.now());
    await keepOpen(db, { key: 'clocks', severity: 'page', title: 't', text: 't', remedy: 'r' });
    await resolveAlerts(db, { found: [], looked: ['clocks'] });
    expect(await listAlerts(db)).toEqual([]);
  });

  it.each([
    'update audit_log set body = body',
    'delete from audit_log',
    'truncate audit_log',
    'update audit_anchors set hash = hash',
    'delete from audit_anchors',
    'truncate audit_anchors',
    'update audit_words set words = null, erased_at = now()',
    'delete from audit_words',
    'truncate audit_words',
    'delete from effects',
    'delete from notices',
    'delete from inbox',
    'delete from access',
    'delete from accounts',
    'truncate effects',
    'alter table audit_log disable trigger all',
    'drop table audit_log',
    'set session_replication_role = replica',
    'create table theirs (id int)',
  ])('is refused: %s', async (statement) => {
    const account = await aCase(serviceWorld());
    await account.carryOut('remind');
    await expect(service.db.execute(sql.raw(statement))).rejects.toMatchObject({ cause: { code: '42501' } });
  });

  it('is refused to who owns the tables, to a superuser, and to nobody', async () => {
    await stack.database.db.execute(sql`create role boss superuser`);
    expect(await grant('boss')).toMatchObject({
      code: 4,
      err: expect.stringContaining('nothing can be kept') as string,
    });
    expect(await grant('nobody-there')).toMatchObject({
      code: 4,
      err: expect.stringContaining('no role') as string,
    });
  });

  it('may delete from what the code deletes from, and from nothing else', () => {
    const named = readdirSync(join(checkout, 'src/db/queries')).flatMap((file) =>
      [...readFileSync(join(checkout, 'src/db/queries', file), 'utf8').matchAll(deleted)].map(
        ([, a, b]) => a ?? b ?? '',
      ),
    );
    const tables = named.filter((name) => name !== 'eventId' && name !== 'import_lines').map(snakeCase);
    expect(new Set(tables)).toEqual(new Set(deletedFrom));
  });
});

// `tx.delete(accountContacts)` of drizzle's, and `delete from ${accessOutbox}` or `delete from account_contacts` in SQL.
const deleted = /\b(?:db|tx)\s*\.delete\((\w+)\)|delete from (?:\$\{)?(\w+)/g;
const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
