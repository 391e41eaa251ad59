import { and, desc, eq, gt, isNotNull, isNull, ne, notExists, sql } from 'drizzle-orm';
import type { Agreement } from '../../domain/agreement.js';
import type { CaseFile, Finding } from '../../domain/case-file.js';
import { formatSums } from '../../domain/money.js';
import type { NextStep } from '../../domain/timetable.js';
import type { Cases } from '../../ports/cases.js';
import type { Db, Executor } from '../client.js';
import { accounts, cases, findings } from '../schema.js';
import { endWithCase } from './endings.js';

/** The projection on Postgres. The newest save of an account decides its billing status. */
export function createPostgresCases(db: Db): Cases {
  return {
    async open(account) {
      const [row] = await db
        .select({ file: cases.file })
        .from(cases)
        .where(and(eq(cases.account, account), isNull(cases.closedAt)));
      return row?.file ?? null;
    },
    async lastAgreement(account) {
      const [row] = await db
        .select({ agreement: sql<Agreement | null>`${cases.file} -> 'agreement'` })
        .from(cases)
        .where(and(eq(cases.account, account), isNotNull(cases.closedAt)))
        .orderBy(desc(cases.closedAt))
        .limit(1);
      return row?.agreement ?? null;
    },
    async save(file, next, at) {
      const { openedAt } = file;
      if (openedAt === null) return;
      const updatedAt = new Date(at);
      const row = { ...rowOf(file, next), openedAt: new Date(openedAt), updatedAt };
      await db.transaction(async (tx) => {
        const saved = await tx
          .insert(cases)
          .values({ id: file.id, account: file.account, ...row })
          .onConflictDoUpdate({
            target: cases.id,
            set: row,
            setWhere: sql`${cases.updatedAt} <= excluded.updated_at`,
          })
          .returning({ id: cases.id });
        if (saved.length === 0) return;
        if (file.closedAt !== null) await endWithCase(tx, file.account, file.id);
        await keepBillingStatus(tx, file, updatedAt);
        await keepFindings(tx, file);
      });
    },
  };
}

function rowOf(file: CaseFile, next: NextStep | null) {
  return {
    stage: file.stage,
    owed: file.owed,
    nextStep: next?.step ?? null,
    nextAt: next === null ? null : new Date(next.at),
    hold: file.hold?.reason ?? null,
    closedAt: file.closedAt === null ? null : new Date(file.closedAt),
    file,
  };
}

/** A case that is over may be saved again when the next one has begun: that one's word counts. */
async function keepBillingStatus(tx: Executor, file: CaseFile, savedAt: Date): Promise<void> {
  const billingStatus = file.owed.length > 0 && file.closedAt === null ? 'past_due' : 'current';
  const later = tx
    .select({ id: cases.id })
    .from(cases)
    .where(and(eq(cases.account, file.account), ne(cases.id, file.id), gt(cases.updatedAt, savedAt)));
  await tx
    .update(accounts)
    .set({ billingStatus })
    .where(and(eq(accounts.id, file.account), notExists(later)));
}

/** Writes each finding once. What people have settled since it was found is not opened again by a later save. */
async function keepFindings(tx: Executor, { account, id, findings: found }: CaseFile): Promise<void> {
  if (found.length === 0) return;
  const known = await tx
    .select({
      kind: findings.kind,
      subject: findings.subject,
      caseId: findings.caseId,
      resolvedAt: findings.resolvedAt,
    })
    .from(findings)
    .where(eq(findings.account, account));
  const isKnown = ({ kind, subject, at }: Finding) =>
    known.some(
      (row) =>
        row.kind === kind &&
        row.subject === subject &&
        (row.caseId === id || row.resolvedAt === null || row.resolvedAt.getTime() >= at),
    );
  const news = found.filter((finding) => !isKnown(finding));
  if (news.length === 0) return;
  const rows = news.map(({ at, ...finding }) => ({ account, caseId: id, ...finding, foundAt: new Date(at) }));
  await tx.insert(findings).values(rows).onConflictDoNothing();
}

export type CaseRow = {
  readonly caseId: string;
  readonly accountId: string;
  readonly ref: string;
  readonly name: string;
  readonly stage: string;
  readonly reason: string;
  readonly owed: string;
  readonly nextStep: string | null;
  readonly nextAt: Date | null;
  readonly openedAt: Date;
  readonly closedAt: Date | null;
  readonly updatedAt: Date;
};

/** Open cases with the nearest step first, then (with `closed`) the closed ones, newest first. */
export async function listCases(
  db: Db,
  { closed = false, stage, limit = 200 }: { closed?: boolean; stage?: string; limit?: number } = {},
): Promise<CaseRow[]> {
  const rows = await db
    .select({ of: cases, ref: accounts.ref, name: accounts.name })
    .from(cases)
    .innerJoin(accounts, eq(accounts.id, cases.account))
    .where(
      and(
        closed ? undefined : isNull(cases.closedAt),
        stage === undefined ? undefined : sql`${cases.stage} = ${stage}`,
      ),
    )
    .orderBy(
      sql`${cases.closedAt} desc nulls first`,
      sql`${cases.nextAt} asc nulls last`,
      desc(cases.openedAt),
    )
    .limit(limit);
  return rows.map(({ of, ref, name }) => ({
    caseId: of.id,
    accountId: of.account,
    ref,
    name,
    stage: of.stage,
    reason: reasonOf(of),
    owed: formatSums(of.owed),
    nextStep: of.nextStep,
    nextAt: of.nextAt,
    openedAt: of.openedAt,
    closedAt: of.closedAt,
    updatedAt: of.updatedAt,
  }));
}

/** Why the account is in trouble, or what its case waits for. */
function reasonOf({ hold, file, owed, closedAt }: typeof cases.$inferSelect): string {
  if (hold !== null) return `held: ${hold}`;
  if (file.ended) return 'ended';
  if (closedAt !== null) return '';
  return file.manual !== null && owed.length === 0 ? 'manual' : 'nonpayment';
}

/** The account's newest case, open or not, with everything it remembers. */
export async function newestCase(db: Db, account: string) {
  const [row] = await db
    .select()
    .from(cases)
    .where(eq(cases.account, account))
    .orderBy(sql`${cases.closedAt} desc nulls first`, desc(cases.openedAt))
    .limit(1);
  return row ?? null;
}
