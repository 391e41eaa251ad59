import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import { formatSums } from '../../domain/money.js';
import type { Cases } from '../../ports/cases.js';
import type { Db } from '../client.js';
import { accounts, cases } from '../schema.js';

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
    async save(file, next, at) {
      if (file.openedAt === null) return;
      const row = {
        stage: file.stage,
        owed: file.owed,
        nextStep: next?.step ?? null,
        nextAt: next === null ? null : new Date(next.at),
        hold: file.hold?.reason ?? null,
        openedAt: new Date(file.openedAt),
        closedAt: file.closedAt === null ? null : new Date(file.closedAt),
        updatedAt: new Date(at),
        file,
      };
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
        const billingStatus = file.owed.length > 0 && file.closedAt === null ? 'past_due' : 'current';
        await tx.update(accounts).set({ billingStatus }).where(eq(accounts.id, file.account));
      });
    },
  };
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
    reason:
      of.hold === null
        ? of.file.ended
          ? 'ended'
          : of.closedAt === null
            ? 'nonpayment'
            : ''
        : `held: ${of.hold}`,
    owed: formatSums(of.owed),
    nextStep: of.nextStep,
    nextAt: of.nextAt,
    openedAt: of.openedAt,
    closedAt: of.closedAt,
    updatedAt: of.updatedAt,
  }));
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
