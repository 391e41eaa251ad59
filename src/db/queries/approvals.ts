import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import { asAccountId, asApprovalId, asCaseId, type AccountId, type ApprovalId } from '../../domain/ids.js';
import { summaryOf } from '../../domain/plan.js';
import type { Money } from '../../domain/money.js';
import type { Instant } from '../../domain/time.js';
import type { ApprovalRow, Approvals } from '../../ports/approvals.js';
import { withCode, type KeptCode } from '../../guard/approval-code.js';
import type { Db } from '../client.js';
import { accounts, approvals, cases } from '../schema.js';

/** Requests to delete on Postgres; a unique index keeps one a round. */
export function createPostgresApprovals(db: Db): Approvals {
  return {
    async open({ account, caseId, round }, { plan, planHash, expiresAt }) {
      await db
        .insert(approvals)
        .values({ account, caseId, round, plan, planHash, expiresAt: new Date(expiresAt) })
        .onConflictDoNothing();
      const [row] = await db
        .select()
        .from(approvals)
        .where(and(eq(approvals.account, account), eq(approvals.caseId, caseId), eq(approvals.round, round)));
      if (row === undefined) throw new Error('a request for approval was opened and is not there');
      return toRow(row);
    },
    async read(id) {
      // Ids come in from links and command lines, and Postgres takes what is no UUID for an error.
      if (!uuid.test(id)) return null;
      const [row] = await db.select().from(approvals).where(eq(approvals.id, id));
      return row === undefined ? null : toRow(row);
    },
    keepCode: (id, code) =>
      db.transaction(async (tx) => {
        const [row] = await tx
          .select({ codeHash: approvals.codeHash })
          .from(approvals)
          .where(eq(approvals.id, id))
          .for('update');
        if (row === undefined) return;
        const codeHash = JSON.stringify(withCode(codesIn(row.codeHash), code));
        await tx.update(approvals).set({ codeHash }).where(eq(approvals.id, id));
      }),
  };
}

/** The codes of a request as its row has them: JSON, for each approver has one of his own. */
export const codesIn = (codeHash: string | null): readonly KeptCode[] =>
  codeHash === null ? [] : (JSON.parse(codeHash) as readonly KeptCode[]);

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A deletion on which nobody has decided. */
export type OpenDeletion = {
  readonly id: string;
  readonly ref: string;
  readonly planHash: string;
  readonly summary: string;
  readonly expiresAt: Instant;
};

const mostListed = 200;

/** The deletions that wait for a decision now, the oldest first; at most 200. */
export async function openDeletions(db: Db): Promise<readonly OpenDeletion[]> {
  const waits = sql`${cases.closedAt} is null and ${cases.file} -> 'approval' ->> 'id' = ${approvals.id}::text`;
  const rows = await db
    .select({ approval: approvals, ref: accounts.ref })
    .from(approvals)
    .innerJoin(accounts, eq(accounts.id, approvals.account))
    .innerJoin(cases, eq(cases.id, approvals.caseId))
    .where(and(isNull(approvals.approved), sql`${approvals.expiresAt} > now()`, waits))
    .orderBy(asc(approvals.askedAt))
    .limit(mostListed);
  return rows.map(({ approval: { id, planHash, plan, expiresAt }, ref }) => {
    return { id, ref, planHash, summary: summaryOf(plan), expiresAt: expiresAt.getTime() };
  });
}

/** A request to delete as it is put before the person who decides. */
export type ApprovalQuestion = ApprovalRow & {
  readonly addressee: { readonly id: AccountId; readonly ref: string; readonly name: string };
  readonly owed: readonly Money[];
  readonly decision: { readonly approved: boolean; readonly by: string; readonly at: Instant } | null;
  /** Nobody waits for it any more: it was paid, or is asked anew under another plan. */
  readonly isOver: boolean;
};

export type ReadQuestion = (id: ApprovalId) => Promise<ApprovalQuestion | null>;

/** `null` when there is no such request. */
export async function readQuestion(db: Db, id: ApprovalId): Promise<ApprovalQuestion | null> {
  const [found] = await db
    .select({ approval: approvals, ref: accounts.ref, name: accounts.name, of: cases })
    .from(approvals)
    .innerJoin(accounts, eq(accounts.id, approvals.account))
    .leftJoin(cases, eq(cases.id, approvals.caseId))
    .where(eq(approvals.id, id));
  if (found === undefined) return null;
  const { approval, ref, name, of } = found;
  const row = toRow(approval);
  const { approved, decidedAt, decidedBy } = approval;
  const asked = of?.file.approval ?? null;
  return {
    ...row,
    addressee: { id: row.account, ref, name },
    owed: of?.owed ?? [],
    decision:
      approved === null ? null : { approved, by: decidedBy ?? '', at: decidedAt?.getTime() ?? row.expiresAt },
    // A case writes down that it has asked only after the mails are out.
    isOver: of !== null && (of.closedAt !== null || (asked !== null && asked.id !== id)),
  };
}

function toRow(row: typeof approvals.$inferSelect): ApprovalRow {
  const { id, account, caseId, plan, planHash, expiresAt, approved, consumedAt } = row;
  return {
    id: asApprovalId(id),
    account: asAccountId(account),
    caseId: asCaseId(caseId),
    plan,
    planHash,
    summary: summaryOf(plan),
    expiresAt: expiresAt.getTime(),
    approved,
    isUsed: consumedAt !== null,
  };
}
