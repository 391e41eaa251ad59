import { and, desc, eq, gt, isNull, sql } from 'drizzle-orm';
import { asPolicyVersion, type AccountId, type PolicyVersion } from '../../domain/ids.js';
import type { PolicyOverride } from '../../policy/resolve.js';
import { appendAudit } from '../audit.js';
import type { Db } from '../client.js';
import { policyOverrides } from '../schema.js';
import { readBook } from './books.js';
import { lockAccount } from './ledger.js';

/** The account's own rules that count now; `null` without any. */
export async function readOverride(db: Db, account: AccountId): Promise<PolicyOverride | null> {
  const [row] = await db
    .select()
    .from(policyOverrides)
    .where(
      and(
        eq(policyOverrides.account, account),
        isNull(policyOverrides.endedAt),
        gt(policyOverrides.until, sql`now()`),
      ),
    )
    .orderBy(desc(policyOverrides.id))
    .limit(1);
  if (row === undefined) return null;
  const { patch, reason, by, until } = row;
  return { patch, reason, by, until: until.getTime(), beside: await readBook(db, asPolicyVersion(row.book)) };
}

type Written = Pick<PolicyOverride, 'patch' | 'reason' | 'by'> & {
  readonly book: PolicyVersion;
  readonly until: Date;
};

/** Gives an account rules of its own, in place of those it had, and writes that into the audit log. */
export async function writeOverride(db: Db, account: AccountId, own: Written): Promise<void> {
  await db.transaction(async (tx) => {
    await lockAccount(tx, account);
    await tx
      .update(policyOverrides)
      .set({ endedAt: sql`now()`, endedBy: own.by })
      .where(isCurrent(account));
    await tx.insert(policyOverrides).values({ account, ...own });
    const { patch, book, reason, by, until } = own;
    const body = { status: 'rules_given', book, until: until.toISOString() };
    // Rules name approvers and contacts.
    const words = { by, reason, patch };
    await appendAudit(tx, { account, kind: 'note', effect: `${account}/rules`, body, words, at: new Date() });
  });
}

/** Ends the account's own rules; false where it has none. */
export async function endOverride(
  db: Db,
  account: AccountId,
  { by, reason }: { readonly by: string; readonly reason: string },
): Promise<boolean> {
  return db.transaction(async (tx) => {
    await lockAccount(tx, account);
    const ended = await tx
      .update(policyOverrides)
      .set({ endedAt: sql`now()`, endedBy: by })
      .where(isCurrent(account))
      .returning({ id: policyOverrides.id });
    if (ended.length === 0) return false;
    const [body, words] = [{ status: 'rules_ended' }, { by, reason }];
    await appendAudit(tx, { account, kind: 'note', effect: `${account}/rules`, body, words, at: new Date() });
    return true;
  });
}

const isCurrent = (account: AccountId) =>
  and(eq(policyOverrides.account, account), isNull(policyOverrides.endedAt));
