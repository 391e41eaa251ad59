import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgresAccounts } from '../../src/db/queries/accounts.js';
import { createPostgresCases } from '../../src/db/queries/cases.js';
import { createPostgresPolicies } from '../../src/db/queries/policies.js';
import { endOverride, readOverride, writeOverride } from '../../src/db/queries/overrides.js';
import { keepBook } from '../../src/db/queries/books.js';
import { createChainCheck, readAuditTrail } from '../../src/db/queries/audit.js';
import { inbox, policies } from '../../src/db/schema.js';
import { asPolicyVersion, type AccountId } from '../../src/domain/ids.js';
import type { Policy } from '../../src/domain/policy.js';
import { DAY_MS } from '../../src/domain/time.js';
import { omit } from '../../src/policy/book.js';
import { parsePolicy } from '../../src/policy/load.js';
import { forbear } from '../support/cli.js';
import { newCaseId } from '../support/claims-case.js';
import { remindedCase } from '../support/facts.js';
import { newAccount, startDatabase, type TestDatabase } from '../support/stack-database.js';
import { makeTestFolder } from '../support/stack-folder.js';

let stack: TestDatabase;
const folder = makeTestFolder('policies');

beforeAll(async () => {
  stack = await startDatabase('policies');
});
afterAll(async () => {
  await stack.end();
  folder.remove();
});

const db = () => stack.database.db;
const base = {
  name: 'sample',
  retryWindow: '8d',
  reminders: [{ after: '1d' }, { after: '4d' }, { after: '8d' }],
  pause: { after: '10d', lead: '2d' },
  contact: 'billing@example.com',
};
const textOf = (more: object) => JSON.stringify({ ...base, ...more });
const bookOf = (more: object) => parsePolicy(textOf(more), 'my.yaml');
const read = (id: AccountId) => createPostgresAccounts(db()).read(id);
const notAsked = () => Promise.reject(new Error('Stripe was asked'));

describe('policies on Postgres', () => {
  it('are found again by another process, as they were for the account', async () => {
    const book = bookOf({ name: 'zoned', calendar: { timeZone: 'Europe/Berlin', days: ['mon', 'tue'] } });
    const id = await newAccount(stack.database);
    const chosen = await createPostgresPolicies(db(), book).choose(await read(id), notAsked);
    expect(chosen.policy.almanac?.weekdays).toEqual([1, 2]);
    const later = createPostgresPolicies(db(), bookOf({ name: 'next' }));
    expect(await later.read(chosen.version)).toEqual(chosen.policy);
    await expect(later.read(asPolicyVersion('0000000000000000'))).rejects.toMatchObject({
      code: 'UNKNOWN_POLICY',
    });
  });

  it('go on without a rule that there was none of when they were kept', async () => {
    const older = omit(bookOf({ name: 'older' }).policy, ['almanac', 'segment', 'clock']);
    await db()
      .insert(policies)
      .values({ version: 'older', name: 'older', policy: older as unknown as Policy });
    const kept = await createPostgresPolicies(db(), bookOf({})).read(asPolicyVersion('older'));
    expect(kept).toEqual(bookOf({ name: 'older' }).policy);
  });
});

describe('rules of an account’s own', () => {
  const until = new Date(Date.now() + 30 * DAY_MS);
  const signed = { reason: 'agreed on the phone', by: 'Sam' };

  it('count for the next case, and are in the audit log; those before them and those that ended do not count', async () => {
    const book = bookOf({ name: 'with-own' });
    const id = await newAccount(stack.database);
    const store = createPostgresPolicies(db(), book);
    const dwell = async () => (await store.choose(await read(id), notAsked)).policy.dwellMs / DAY_MS;
    expect(await dwell()).toBe(1);
    for (const days of ['2d', '3d']) {
      await writeOverride(db(), id, { patch: { dwell: days }, book: book.version, until, ...signed });
    }
    expect(await dwell()).toBe(3);
    expect(await endOverride(db(), id, signed)).toBe(true);
    expect(await dwell()).toBe(1);
    expect(await endOverride(db(), id, signed)).toBe(false);
    const [trail, chain] = [[] as unknown[], createChainCheck()];
    for await (const row of readAuditTrail(db(), id)) {
      chain.add(row);
      trail.push((row.body as { status: string }).status);
    }
    expect(trail).toEqual(['rules_given', 'rules_given', 'rules_ended']);
    expect(chain.result()).toEqual({ entries: 3, brokenAt: null });
  });

  it('count no more once they have expired', async () => {
    const book = bookOf({ name: 'expiring' });
    await keepBook(db(), book);
    const id = await newAccount(stack.database);
    const past = new Date(Date.now() - 1_000);
    await writeOverride(db(), id, { patch: { dwell: '2d' }, book: book.version, until: past, ...signed });
    expect(await readOverride(db(), id)).toBeNull();
  });
});

describe('forbear policy', () => {
  const settings = () => ({ DATABASE_URL: stack.url });
  const file = (name: string, more: object) => {
    const path = join(folder.path, `${name}.yaml`);
    writeFileSync(path, textOf(more));
    return path;
  };
  const openCase = async () => {
    const id = await newAccount(stack.database);
    const book = bookOf({ name: 'current' });
    const { version } = await createPostgresPolicies(db(), book).choose(await read(id), notAsked);
    const caseFile = { ...remindedCase(3), id: newCaseId(), account: id, policyVersion: version };
    await createPostgresCases(db()).save(caseFile, null, Date.now());
    return (await read(id)).ref;
  };

  it('case show says by which of these an account’s case goes: policy, segment, and its own rules with reason and end', async () => {
    const id = await newAccount(stack.database);
    const book = bookOf({
      name: 'shared',
      segments: [{ name: 'rest', when: { tenureAtLeast: '0d' }, dwell: '2d' }],
    });
    const until = new Date('2099-12-24T00:00:00Z');
    await keepBook(db(), book);
    const own = { patch: { dwell: '3d' }, book: book.version, until, reason: 'contract 17', by: 'Sam' };
    await writeOverride(db(), id, own);
    const account = { ...(await read(id)), since: 0 };
    const { version } = await createPostgresPolicies(db(), book).choose(account, notAsked);
    const caseFile = { ...remindedCase(3), id: newCaseId(), account: id, policyVersion: version };
    await createPostgresCases(db()).save(caseFile, null, Date.now());
    const shown = await forbear(['case', 'show', account.ref], settings());
    expect([shown.code, shown.err]).toEqual([0, '']);
    expect(shown.out).toContain(
      'shared · segment rest · own rules until 2099-12-24 00:00 UTC ("contract 17")',
    );
    const json = JSON.parse(
      (await forbear(['case', 'show', account.ref, '--json'], settings())).out,
    ) as object;
    expect(json).toMatchObject({
      rules: { name: 'shared', segment: 'rest', own: { reason: 'contract 17', until: until.getTime() } },
    });
  });

  it('impact tells which open cases would change, and who would have been off in the past', async () => {
    const ref = await openCase();
    const id = await newAccount(stack.database);
    const event = (type: string, daysAgo: number) => ({
      eventId: crypto.randomUUID(),
      type,
      customer: 'cus_1',
      invoice: 'in_past',
      livemode: false,
      createdAt: new Date(Date.now() - daysAgo * DAY_MS),
      payload: Buffer.from(
        JSON.stringify({ data: { object: { currency: 'usd', amount_due: 4_900, due_date: null } } }),
      ),
      state: 'dispatched' as const,
      account: id,
    });
    await db()
      .insert(inbox)
      .values([
        event('invoice.payment_failed', 40),
        event('invoice.payment_failed', 37),
        event('invoice.paid', 28),
      ]);
    const [current, later] = [
      file('current', { name: 'current' }),
      file('later', { name: 'later', pause: { after: '20d', lead: '2d' } }),
    ];
    const ran = await forbear(['policy', 'impact', later, '--policy', current, '--json'], settings());
    expect([ran.code, ran.err]).toEqual([0, '']);
    const said = JSON.parse(ran.out) as { moved: { ref: string }[]; pastAccounts: number; reach: unknown[] };
    expect(said.moved.map((move) => move.ref)).toContain(ref);
    expect(said.pastAccounts).toBe(1);
    expect(said.reach[1]).toEqual({
      step: 'pause',
      before: 1,
      after: 0,
      paidBefore: 1,
      paidAfter: 0,
      owed: [],
    });
    const shown = await forbear(['policy', 'impact', later, '--policy', current], settings());
    expect(shown.out).toContain('Lived once more');
  });

  it('reissue says what it would change, and changes nothing without --yes', async () => {
    const ref = await openCase();
    const later = file('reissued', { name: 'reissued', pause: { after: '30d', lead: '2d' } });
    const ran = await forbear(['policy', 'reissue', '--account', ref, '--policy', later], settings());
    expect([ran.code, ran.err]).toEqual([0, '']);
    expect(ran.out).toContain('1 case. Nothing was changed: give --yes and --reason to do it.');
    expect(ran.out).toMatch(new RegExp(`${ref}.*pause`));
    const unsaid = await forbear(['policy', 'reissue', '--policy', later], settings());
    expect(unsaid).toMatchObject({ code: 2, err: expect.stringContaining('say which cases') as string });
  });

  it('override refuses rules that don’t fit, and shows those that were given', async () => {
    const ref = (await read(await newAccount(stack.database))).ref;
    const policy = file('fitted', { name: 'fitted' });
    const give = (rules: string, reason = 'agreed') =>
      forbear(
        [
          'policy',
          'override',
          ref,
          '--rules',
          rules,
          '--policy',
          policy,
          '--until',
          '2099-01-01',
          '--reason',
          reason,
        ],
        settings(),
      );
    const bad = join(folder.path, 'bad.yaml');
    writeFileSync(bad, 'retryWindow: 20d\n');
    expect(await give(bad)).toMatchObject({
      code: 4,
      err: expect.stringContaining('lies inside the retry window') as string,
    });
    const good = join(folder.path, 'good.yaml');
    writeFileSync(good, 'pause: { after: 30d, lead: 5d }\n');
    expect(await give(good, 'agreed\non the phone')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--reason must be one line') as string,
    });
    expect(await give(good)).toMatchObject({ code: 0, err: '' });
    const shown = await forbear(['policy', 'override', ref], settings());
    expect(shown.out).toContain('agreed');
    expect(shown.out).toContain('"after": "30d"');
  });
});
