import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createSqlTarget } from '../../src/adapters/sql/target.js';
import { statementsShape } from '../../src/adapters/sql/statements.js';
import { asAccountId } from '../../src/domain/ids.js';
import type { Target } from '../../src/ports/target.js';
import { targetEntries, targetOf } from '../../src/target-settings.js';
import { verifyThroughPort } from '../../src/targets/verify/verify.js';
import { openTarget } from '../../src/wiring-targets.js';
import { eventually } from '../support/dev-eventually.js';
import { checkout } from '../support/stack-folder.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

// The app's own database, and what its operator has written into forbear.yaml.
const schema = `
  drop table if exists tenants;
  create table tenants (id bigserial primary key, customer text not null, version int not null default 1,
    plan text not null, seats int not null, suspended_at timestamptz, billing_lock boolean not null default false);
  insert into tenants (customer, plan, seats) values ('acme', 'team', 12), ('acme', 'free', 1), ('other', 'team', 3);`;
const statements = {
  read: `select id, version, suspended_at is not null as suspended, billing_lock as locked, plan, seats
    from tenants where customer = :ref order by id`,
  suspend: `update tenants set suspended_at = now(), plan = 'suspended', seats = 0, version = version + 1
    where id = :id and version = :version`,
  lift: `update tenants set plan = :state::jsonb ->> 'plan', seats = (:state::jsonb ->> 'seats')::int,
      suspended_at = case when (:state::jsonb ->> 'suspended')::boolean then suspended_at end, version = version + 1
    where id = :id and version = :version`,
  lock: 'update tenants set billing_lock = true, version = version + 1 where id = :id and version = :version',
  unlock:
    'update tenants set billing_lock = false, version = version + 1 where id = :id and version = :version',
};

let stack: TestDatabase;
let app: Sql;
let url: string;
const password = 'never-to-be-shown';

beforeAll(async () => {
  stack = await startDatabase('sql-target');
  app = postgres(stack.url, { max: 3, onnotice: () => undefined });
  await app.unsafe(`create role suspender login password '${password}'`);
  const address = new URL(stack.url);
  [address.username, address.password] = ['suspender', password];
  url = address.href;
});
afterAll(async () => {
  await app.end();
  await stack.end();
});
beforeEach(async () => {
  await app.unsafe(schema);
  await app.unsafe('grant select, update on tenants to suspender');
});

const account = { id: asAccountId('6f2c1a52-6a0e-4f7e-9d3b-0d6a1f0f7c11'), ref: 'acme', fence: 1 };
const first = { id: '1', kind: 'row' };
const target = (changes: Partial<typeof statements> = {}) =>
  createSqlTarget({
    name: 'app',
    url,
    statements: statementsShape.parse({ ...statements, ...changes }),
    timeoutMs: 2_000,
  });
const allOk = ['list', 'look', 'lock', 'drain', 'pause', 'resume', 'unlock'].map((id) => `${id} ok`);
async function outcomesOf(verified: Target): Promise<string[]> {
  const { signal } = new AbortController();
  const outcomes: string[] = [];
  for await (const told of verifyThroughPort({ target: verified, ref: 'acme', waitMs: 2_000, signal }))
    if (told.kind === 'check') outcomes.push(`${told.result.id} ${told.result.outcome}`);
  return outcomes;
}
type Tenant = { id: number; plan: string; seats: number; version: number };
const rows = () => app.unsafe<Tenant[]>('select id::int, plan, seats, version from tenants order by id');
const asTheyWere = [
  { id: 1, plan: 'team', seats: 12, version: 1 },
  { id: 2, plan: 'free', seats: 1, version: 1 },
  { id: 3, plan: 'team', seats: 3, version: 1 },
];

describe('TT-3 TT-5 the app’s own database as a target', () => {
  it('keeps what the port promises: each row locked, suspended, and exactly given back', async () => {
    expect(await outcomesOf(target())).toEqual(allOk);
    const [acme, free, other] = await rows();
    expect([acme, free]).toMatchObject([
      { plan: 'team', seats: 12 },
      { plan: 'free', seats: 1 },
    ]);
    expect(other).toEqual(asTheyWere[2]);
  });

  it('does so by the statements and the rights of the documentation', async () => {
    const page = readFileSync(join(checkout, 'docs/sql-target.md'), 'utf8');
    const [, yaml = ''] = /```yaml forbear\.yaml\n([\s\S]*?)```/.exec(page) ?? [];
    const [, rights = ''] = /```sql\n[^;]*;\n([\s\S]*?)```/.exec(page) ?? [];
    await app.unsafe('revoke all on tenants from suspender');
    await app.unsafe(rights.replaceAll('forbear_suspender', 'suspender'));
    const [entry] = targetEntries.parse((parse(yaml) as { targets: unknown }).targets);
    const documented = openTarget(targetOf(entry!, { APP_DATABASE_URL: url }, 'the page'));
    expect(await outcomesOf(documented)).toEqual(allOk);
    expect((await rows()).map(({ plan, seats }) => [plan, seats])).toEqual(
      asTheyWere.map(({ plan, seats }) => [plan, seats]),
    );
  });

  it('changes nothing when it is asked again, and has nothing to do for a row that is gone', async () => {
    const app1 = target();
    await app1.pause(account, first);
    await app1.pause(account, first);
    expect((await rows())[0]).toMatchObject({ plan: 'suspended', version: 2 });
    expect(await app1.probe(account, first)).toBe('off');
    const nobody = { id: '77', kind: 'row' };
    await app1.lock(account, nobody);
    await app1.resume(account, nobody, {});
    expect([await app1.probe(account, nobody), await app1.snapshot(account, nobody)]).toEqual(['gone', null]);
    expect(await app1.find({ ...account, ref: 'nobody' })).toEqual([]);
  });

  it('waits for who is changing a row, and goes by what that left', async () => {
    let committed: () => void = () => undefined;
    const other = app.begin(async (tx) => {
      await tx.unsafe('update tenants set seats = 20, version = version + 1 where id = 1');
      await new Promise<void>((resolve) => (committed = resolve));
    });
    const pausing = target().pause(account, first);
    const waits = "select from pg_stat_activity where usename = 'suspender' and wait_event_type = 'Lock'";
    await eventually('the pause waits', async () => (await app.unsafe(waits)).length > 0);
    committed();
    await Promise.all([other, pausing]);
    expect((await rows())[0]).toMatchObject({ plan: 'suspended', version: 3 });
  });

  it('asks later when a row is changed by others all the time', async () => {
    const never = target({ suspend: `${statements.suspend} and false` });
    await expect(never.pause(account, first)).rejects.toMatchObject({ code: 'TARGET_UNAVAILABLE' });
    expect(await rows()).toEqual(asTheyWere);
  });

  it.each([
    [
      'does not do what it says',
      `update tenants set seats = 5 where id = :id and version = :version`,
      'is not so',
    ],
    [
      'changes more than one row',
      `update tenants set seats = 0 where id <= :id + 1 and version = :version`,
      '2 rows',
    ],
    ['is not right', `update nowhere set x = 1 where id = :id and version = :version`, 'does not exist'],
    ['may not do that', `delete from tenants where id = :id and version = :version`, 'permission denied'],
    [
      'is two',
      `update tenants set seats = 0 where id = :id and version = :version; select 1`,
      'multiple commands',
    ],
  ])('refuses, and leaves all as it was, when a statement %s', async (_, suspend, says) => {
    const wrong = target({ suspend });
    await expect(wrong.pause(account, first)).rejects.toMatchObject({
      code: 'TARGET_REFUSED',
      message: expect.stringContaining(says) as string,
    });
    expect(await rows()).toEqual(asTheyWere);
  });

  it.each([
    [
      'writes',
      `update tenants set seats = 0 where customer = :ref returning id, version, true as suspended, true as locked`,
      'read-only',
    ],
    ['tells too little', `select id, version from tenants where customer = :ref`, 'suspended'],
    [
      'finds everybody',
      `select n as id, 1 as version, false as suspended, false as locked from generate_series(1, 101) n where :ref <> ''`,
      '101 rows',
    ],
    [
      'finds an id twice',
      `select 1 as id, 1 as version, false as suspended, false as locked from tenants where :ref <> ''`,
      'twice',
    ],
  ])('refuses a `read` that %s', async (_, read, says) => {
    await expect(target({ read }).find(account)).rejects.toMatchObject({
      code: 'TARGET_REFUSED',
      message: expect.stringContaining(says) as string,
    });
    expect(await rows()).toEqual(asTheyWere);
  });

  it('asks later where nobody answers or a lock is never let go, and never says its password', async () => {
    const lost = new URL(url);
    lost.port = '1';
    const nowhere = createSqlTarget({
      name: 'app',
      url: lost.href,
      statements: statementsShape.parse(statements),
    });
    const failureOf = (asked: Promise<unknown>) =>
      asked.then(
        () => new Error('it was answered'),
        (error: unknown) => error as Error,
      );
    const failure = await failureOf(nowhere.find(account));
    expect(failure).toMatchObject({ code: 'TARGET_UNAVAILABLE', message: 'app: ECONNREFUSED' });
    await app.begin(async (tx) => {
      await tx.unsafe('lock table tenants in access exclusive mode');
      const held = await failureOf(target().find(account));
      expect(held).toMatchObject({ code: 'TARGET_UNAVAILABLE' });
      expect(`${failure.message} ${held.message}`).not.toContain(password);
    });
  });

  it('CB-2 says in its own column that an account was revoked, after it is suspended, and takes that back', async () => {
    await app.unsafe('alter table tenants add column is_active boolean not null default true');
    await app.unsafe('grant select, update on tenants to suspender');
    const revoking = createSqlTarget({
      name: 'app',
      url,
      timeoutMs: 2_000,
      statements: statementsShape.parse({
        ...statements,
        read: statements.read.replace('plan, seats', 'not is_active as revoked, plan, seats'),
        lift: statements.lift.replace(
          'version =',
          "is_active = not (:state::jsonb ->> 'revoked')::boolean, version =",
        ),
        revoke: `update tenants set is_active = false, version = version + 1 where id = :id and version = :version`,
      }),
    });
    const before = await revoking.snapshot(account, first);
    await revoking.pause(account, first);
    await revoking.revoke?.(account, first);
    await revoking.revoke?.(account, first);
    expect(await app`select is_active, version from tenants where id = 1`).toEqual([
      { is_active: false, version: 3 },
    ]);
    await revoking.resume(account, first, before ?? {});
    expect(await app`select is_active, plan from tenants where id = 1`).toEqual([
      { is_active: true, plan: 'team' },
    ]);
    expect(target().revoke).toBeUndefined();
  });

  it('is refused where `read` does not tell what `revoke` has done', async () => {
    const revoke = 'update tenants set version = version + 1 where id = :id and version = :version';
    const silent = createSqlTarget({
      name: 'app',
      url,
      statements: statementsShape.parse({ ...statements, revoke }),
    });
    await expect(silent.revoke?.(account, first)).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
    expect((await rows())[0]).toMatchObject({ version: 1 });
  });

  it('TT-4 neither archives nor deletes, and says so', async () => {
    for (const asked of [target().archive(account, first), target().decommission(account, first)])
      await expect(asked).rejects.toMatchObject({ code: 'NOT_OFFERED' });
  });
});
