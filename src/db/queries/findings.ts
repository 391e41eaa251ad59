import { randomUUID } from 'node:crypto';
import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { AccountId } from '../../domain/ids.js';
import { appendAudit } from '../audit.js';
import type { Db, Executor } from '../client.js';
import { access, accounts, findings } from '../schema.js';

export type FindingRow = {
  readonly id: number;
  readonly accountId: string;
  readonly ref: string;
  readonly kind: string;
  readonly subject: string;
  readonly text: string;
  readonly foundAt: Date;
  readonly resolvedAt: Date | null;
};

type Filter = { readonly account?: AccountId; readonly resolved?: boolean; readonly limit?: number };

/** What people have to see to, the newest first; with `resolved`, what they have seen to as well. */
export async function listFindings(
  db: Db,
  { account, resolved = false, limit = 500 }: Filter = {},
): Promise<FindingRow[]> {
  return db
    .select({
      id: findings.id,
      accountId: findings.account,
      ref: accounts.ref,
      kind: findings.kind,
      subject: findings.subject,
      text: findings.text,
      foundAt: findings.foundAt,
      resolvedAt: findings.resolvedAt,
    })
    .from(findings)
    .innerJoin(accounts, eq(accounts.id, findings.account))
    .where(
      and(
        account === undefined ? undefined : eq(findings.account, account),
        resolved ? undefined : isNull(findings.resolvedAt),
      ),
    )
    .orderBy(desc(findings.foundAt), desc(findings.id))
    .limit(limit);
}

type Signed = { readonly by: string; readonly reason: string };

/**
 * Notes that a person has seen to a finding, and in the audit log who and why. Returns when, the second time when it
 * first was; `null` when there is no such finding.
 */
export async function resolveFinding(db: Db, id: number, { by, reason }: Signed): Promise<Date | null> {
  return db.transaction(async (tx) => {
    const [known] = await tx.select().from(findings).where(eq(findings.id, id));
    if (known === undefined) return null;
    const now = await lockAccount(tx, known.account);
    const [resolved] = await tx
      .update(findings)
      .set({ resolvedAt: now })
      .where(and(eq(findings.id, id), isNull(findings.resolvedAt)))
      .returning({ at: findings.resolvedAt });
    if (resolved === undefined) return known.resolvedAt ?? now;
    const { account, caseId, kind, text } = known;
    const body = { kind: 'resolveFinding', finding: id, caseId };
    const words = { by, reason, text: `${kind}: ${text}` };
    const effect = `order/${randomUUID()}`;
    await appendAudit(tx, { account, kind: 'order', effect, body, words, at: now });
    return now;
  });
}

/** Holds the account's row, under which its audit log is written, and says what time it is for the database. */
async function lockAccount(tx: Executor, account: string): Promise<Date> {
  await tx.insert(access).values({ account }).onConflictDoNothing();
  const [row] = await tx
    .select({ now: sql`clock_timestamp()`.mapWith(access.changedAt) })
    .from(access)
    .where(eq(access.account, account))
    .for('update');
  if (row === undefined) throw new Error(`account ${account} has no access row`);
  return row.now;
}
