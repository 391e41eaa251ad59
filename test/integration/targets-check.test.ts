import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { targetsCommand } from '../../src/cli/targets.js';
import { forbearHere } from '../support/cli.js';
import { startTestPlatform } from '../support/platform.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

// What an operator has connected: a database by a role of its own, and a platform behind HTTP.
let stack: TestDatabase;
let app: Sql;
let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let settings: Record<string, string>;
const folder = mkdtempSync(join(tmpdir(), 'forbear-check-'));
const password = 'never-to-be-shown';

beforeAll(async () => {
  stack = await startDatabase('targets-check');
  app = postgres(stack.url, { max: 2, onnotice: () => undefined });
  await app.unsafe(`create role checked login password '${password}'`);
  platform = await startTestPlatform();
  const address = new URL(stack.url);
  [address.username, address.password] = ['checked', password];
  const file = join(folder, 'forbear.yaml');
  writeFileSync(file, yaml(platform.base));
  settings = {
    FORBEAR_CONFIG: file,
    DATABASE_URL: stack.url,
    APP_URL: address.href,
    PLATFORM_TOKEN: platform.token,
  };
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await platform.close();
  await app.end();
  await stack.end();
});
beforeEach(async () => {
  await app.unsafe(`drop table if exists tenants;
    create table tenants (id bigserial primary key, customer text not null, version int not null default 1,
      seats int not null, off boolean not null default false, locked boolean not null default false);
    insert into tenants (customer, seats) values ('acme', 12), ('other', 3);
    grant select, update on tenants to checked`);
});

const yaml = (base: string) => `targets:
  - kind: sql
    name: app
    urlEnv: APP_URL
    statements:
      read: select id, version, off as suspended, locked, seats from tenants where customer = :ref
      suspend: update tenants set off = true, version = version + 1 where id = :id and version = :version
      lift: update tenants set off = false, version = version + 1 where id = :id and version = :version
      lock: update tenants set locked = true, version = version + 1 where id = :id and version = :version
      unlock: update tenants set locked = false, version = version + 1 where id = :id and version = :version
  - kind: http
    name: platform
    base: ${base}
    tokenEnv: PLATFORM_TOKEN
    allowPrivate: true
`;
const check = (args: readonly string[] = [], changes: Record<string, string> = {}) =>
  forbearHere(targetsCommand(), ['targets', 'check', ...args], { ...settings, ...changes });

describe('forbear targets check', () => {
  it('tells what was reached, as whom, and that nothing is missing', async () => {
    const ran = await check();
    expect([ran.code, ran.err]).toEqual([0, '']);
    expect(ran.out).toMatch(/^app \(sql\)\n {2}Reached: Postgres [\d.]+, database \S+, as checked\n/);
    expect(ran.out).toContain('  5 rights are as needed.\n');
    expect(ran.out).toContain(`platform (http)\n  Reached: ${platform.base}`);
    expect(ran.out).not.toMatch(/MISSING|too much/);
  });

  it('names the right that is missing, and what is too much', async () => {
    await app.unsafe('revoke update on tenants from checked; grant delete on tenants to checked');
    const ran = await check(['app']);
    expect(ran.code).toBe(1);
    expect(ran.out).toMatch(/MISSING {3}the statement suspend: .*permission denied for table tenants/);
    expect(ran.out).toMatch(/too much {2}DELETE on tenants: /);
    expect(ran.out).not.toContain('platform');
    await app.unsafe('alter role checked createrole');
    expect((await check(['app'])).out).toMatch(/too much {2}createrole: /);
    await app.unsafe('alter role checked nocreaterole');
  });

  it('finds a statement that Postgres would not understand', async () => {
    await app.unsafe('alter table tenants rename column locked to shut');
    const ran = await check(['app']);
    expect(ran.code).toBe(1);
    expect(ran.out).toMatch(/MISSING {3}the statement read: .*column "locked" does not exist/);
  });

  it('shows what a pause would do to an account, and changes nothing', async () => {
    const before = await app`select * from tenants order by id`;
    const ran = await check(['app', '--account', 'acme']);
    expect(ran.code).toBe(0);
    expect(ran.out).toContain('A pause of acme would do this:');
    expect(ran.out.replaceAll(/[\s│]+/g, ' ')).toContain('row 1 serving locked, drained, off');
    expect(ran.out).toContain('"seats":12');
    expect(await app`select * from tenants order by id`).toEqual(before);
    expect((await check(['app', '--account', 'nobody'])).out).toContain('Nothing runs there for nobody.');
  });

  it('says what can’t be reached, and goes on with the rest; no secret is shown', async () => {
    const nowhere = new URL(settings['APP_URL'] ?? '');
    nowhere.port = '1';
    const ran = await check([], { APP_URL: nowhere.href, PLATFORM_TOKEN: 'wrong' });
    expect(ran.code).toBe(1);
    expect(ran.out).toMatch(/app \(sql\)\n {2}NOT REACHED: /);
    expect(ran.out).toMatch(/platform \(http\)\n {2}NOT REACHED: platform: .*401/);
    expect(ran.out + ran.err).not.toContain(password);
  });

  it('refuses a name that nothing has', async () => {
    const ran = await check(['nothing']);
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining('nothing is called "nothing"')]);
  });
});
