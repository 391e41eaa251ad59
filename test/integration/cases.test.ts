import { asc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgresCases, listCases } from '../../src/db/queries/cases.js';
import { createPostgresDeletions } from '../../src/db/queries/deletions.js';
import { createPostgresSnapshots } from '../../src/db/queries/snapshots.js';
import { accounts, deletions, findings } from '../../src/db/schema.js';
import type { CaseFile, Finding } from '../../src/domain/case-file.js';
import type { AccountId } from '../../src/domain/ids.js';
import { casesKeepTheirWord } from '../support/cases.js';
import { newCaseId } from '../support/claims-case.js';
import { day, openCase } from '../support/facts.js';
import { deletionsKeepTheirWord, snapshotsKeepTheirWord } from '../support/keeping.js';
import { newAccount, startDatabase, type TestDatabase } from '../support/stack-database.js';

let stack: TestDatabase;

beforeAll(async () => {
  stack = await startDatabase('cases');
});
afterAll(async () => {
  await stack.end();
});

const db = () => stack.database.db;
const anAccount = () => newAccount(stack.database);

describe('cases on Postgres', () => {
  casesKeepTheirWord(() => ({
    cases: createPostgresCases(db()),
    newAccount: anAccount,
    billingStatus: async (account) => {
      const [row] = await db().select().from(accounts).where(eq(accounts.id, account));
      return row?.billingStatus ?? 'none';
    },
  }));

  it.each<[string, Partial<CaseFile>, string]>([
    ['that owes', {}, 'nonpayment'],
    ['that is restricted by hand alone', { owed: [], manual: byHand() }, 'manual'],
    ['that owes and is restricted by hand', { manual: byHand() }, 'nonpayment'],
    ['whose subscription has ended', { ended: true }, 'ended'],
    ['that is over', { owed: [], manual: byHand(), closedAt: day(2) }, ''],
  ])('lists an account %s with its reason', async (_, changes, reason) => {
    const account = await anAccount();
    await createPostgresCases(db()).save(openCase({ id: newCaseId(), account, ...changes }), null, day(2));
    const rows = await listCases(db(), { closed: true, limit: 1_000 });
    expect(rows.find(({ accountId }) => accountId === account)?.reason).toBe(reason);
  });
});

function byHand(): NonNullable<CaseFile['manual']> {
  return { access: 'suspended', by: 'ada', reason: 'abuse', until: null, state: 'imposed', retryAt: null };
}

describe('findings on Postgres', () => {
  const wrongCard = (subject: string, at = day(1)): Finding => ({
    kind: 'wrong_payment_method',
    subject,
    text: `${subject} goes on charging an old card`,
    at,
  });
  const found = (account: AccountId) =>
    db().select().from(findings).where(eq(findings.account, account)).orderBy(asc(findings.id));
  const resolve = (account: AccountId, at = day(5)) =>
    db()
      .update(findings)
      .set({ resolvedAt: new Date(at) })
      .where(eq(findings.account, account));
  async function aCase(account?: AccountId) {
    const cases = createPostgresCases(db());
    const file = openCase({ id: newCaseId(), account: account ?? (await anAccount()) });
    const save = (at: number, list: readonly Finding[], changes: Partial<CaseFile> = {}) =>
      cases.save({ ...file, findings: list, ...changes }, null, at);
    return { save, account: file.account, id: file.id };
  }

  it('are written once, however often their case is saved, two of a kind by their subject', async () => {
    const { save, account, id } = await aCase();
    await save(day(1), [wrongCard('sub_1')]);
    await save(day(2), [wrongCard('sub_1'), wrongCard('sub_2', day(2))]);
    await save(day(2), [wrongCard('sub_1'), wrongCard('sub_2', day(2))]);
    expect(await found(account)).toMatchObject([
      {
        caseId: id,
        kind: 'wrong_payment_method',
        subject: 'sub_1',
        foundAt: new Date(day(1)),
        resolvedAt: null,
      },
      { caseId: id, subject: 'sub_2', text: 'sub_2 goes on charging an old card', resolvedAt: null },
    ]);
  });

  it('are not opened again by their own case once people have settled them', async () => {
    const { save, account } = await aCase();
    await save(day(1), [wrongCard('sub_1')]);
    await resolve(account);
    await save(day(9), [wrongCard('sub_1')]);
    expect(await found(account)).toMatchObject([{ resolvedAt: new Date(day(5)) }]);
  });

  it('are not written by a save that came late', async () => {
    const { save, account } = await aCase();
    await save(day(2), []);
    await save(day(1), [wrongCard('sub_1')]);
    expect(await found(account)).toEqual([]);
  });

  it('of a later case are new only when they were found after the settling of the same', async () => {
    const first = await aCase();
    await first.save(day(1), [wrongCard('sub_1')]);
    await first.save(day(2), [wrongCard('sub_1')], { closedAt: day(2), owed: [] });
    const second = await aCase(first.account);
    await second.save(day(3), [wrongCard('sub_1', day(3))]);
    expect(await found(first.account)).toHaveLength(1);
    await resolve(first.account, day(4));
    await second.save(day(5), [wrongCard('sub_1', day(3))]);
    expect(await found(first.account)).toHaveLength(1);
    await second.save(day(6), [], { closedAt: day(6), owed: [] });
    const third = await aCase(first.account);
    await third.save(day(7), [wrongCard('sub_1', day(7))]);
    expect(await found(first.account)).toMatchObject([
      { resolvedAt: new Date(day(4)) },
      { resolvedAt: null },
    ]);
  });
});

describe('deletions on Postgres', () => {
  deletionsKeepTheirWord(() => ({ port: createPostgresDeletions(db()), newAccount: anAccount }));

  it('keep the moment of the first deletion', async () => {
    const [port, account, caseId] = [createPostgresDeletions(db()), await anAccount(), newCaseId()];
    const resource = { id: 'web', kind: 'instance' };
    await port.archived(account, caseId, { target: 'platform', resource, archive: 'a/1' });
    await port.deleted(account, caseId, 'platform', resource);
    const rows = () => db().select().from(deletions).where(eq(deletions.account, account));
    const [first] = await rows();
    await port.deleted(account, caseId, 'platform', resource);
    expect(await rows()).toEqual([first]);
    expect(first?.deletedAt).not.toBeNull();
  });
});

describe('snapshots on Postgres', () => {
  snapshotsKeepTheirWord(() => ({ port: createPostgresSnapshots(db()), newAccount: anAccount }));
});
