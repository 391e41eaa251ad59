import { and, asc, eq, gte, inArray, isNull, lt, sql } from 'drizzle-orm';
import type { CaseFile } from '../../domain/case-file.js';
import type { Outcome, TakingStep } from '../../domain/effect.js';
import { asAccountId, type AccountId } from '../../domain/ids.js';
import type { Restriction } from '../../domain/restrictions.js';
import type { Db } from '../client.js';
import { access, accounts, cases, effects, policies, snapshots } from '../schema.js';

/** Which takings: claimed from `since` on and before `until`; of one policy or segment only where it is named. */
export type TakingFilter = {
  readonly since: Date;
  readonly until: Date;
  readonly steps: readonly TakingStep[];
  readonly policy?: string;
  readonly segment?: string;
};

/** What was taken from an account, and under which rules. */
export type Taking = {
  readonly step: TakingStep;
  readonly at: Date;
  readonly policy: string | null;
  readonly segment: string | null;
};

export type TakenFrom = {
  readonly id: AccountId;
  readonly ref: string;
  readonly name: string;
  readonly takings: readonly Taking[];
};

const segmentOf = sql<string | null>`${policies.policy} ->> 'segment'`;

/** The accounts from which something was taken in a span of time, by their refs, each with all that was taken in it. */
export async function takenIn(db: Db, filter: TakingFilter): Promise<TakenFrom[]> {
  const { since, until, steps, policy, segment } = filter;
  const rows = await db
    .select({
      id: accounts.id,
      ref: accounts.ref,
      name: accounts.name,
      step: effects.step,
      at: effects.claimedAt,
      policy: policies.name,
      segment: segmentOf,
    })
    .from(effects)
    .innerJoin(accounts, eq(accounts.id, effects.account))
    .leftJoin(cases, eq(cases.id, effects.caseId))
    .leftJoin(policies, sql`${policies.version} = ${cases.file} ->> 'policyVersion'`)
    .where(
      and(
        inArray(effects.step, [...steps]),
        gte(effects.claimedAt, since),
        lt(effects.claimedAt, until),
        policy === undefined ? undefined : eq(policies.name, policy),
        segment === undefined ? undefined : sql`${segmentOf} = ${segment}`,
      ),
    )
    .orderBy(asc(accounts.ref), asc(effects.claimedAt));
  const found = new Map<string, TakenFrom>();
  for (const { id, ref, name, step, ...rest } of rows) {
    const known = found.get(id) ?? { id: asAccountId(id), ref, name, takings: [] };
    // The filter names nothing but steps that take.
    found.set(id, { ...known, takings: [...known.takings, { step: step as TakingStep, ...rest }] });
  }
  return [...found.values()];
}

/** How it stands with what was taken from an account. */
export type BackState = {
  readonly restrictions: readonly Restriction[];
  /** What was recorded and is not back. */
  readonly off: readonly { readonly kind: string; readonly resource: string }[];
  /** The newest lift since something was last taken; `outcome: null` while it is under way. */
  readonly lift: { readonly outcome: Outcome | null } | null;
  readonly newest: Pick<CaseFile, 'closedAt' | 'owed' | 'hold' | 'remarks' | 'ended'> | null;
};

/** How it stands with an account, as its newest case and the guard's own records say. */
export async function readBackState(db: Db, account: AccountId): Promise<BackState> {
  const [[row], off, [lift], [newest]] = await Promise.all([
    db.select({ restrictions: access.restrictions }).from(access).where(eq(access.account, account)),
    db
      .select({ kind: snapshots.kind, resource: snapshots.resource })
      .from(snapshots)
      .where(and(eq(snapshots.account, account), isNull(snapshots.restoredAt)))
      .orderBy(asc(snapshots.seq)),
    newestLift(db, account),
    db
      .select({ file: cases.file })
      .from(cases)
      .where(eq(cases.account, account))
      .orderBy(sql`${cases.openedAt} desc`)
      .limit(1),
  ]);
  return { restrictions: row?.restrictions ?? [], off, lift: lift ?? null, newest: newest?.file ?? null };
}

function newestLift(db: Db, account: AccountId) {
  const lastTaken = sql`(select max(taken.claimed_at) from effects taken
    where taken.account = ${account} and taken.step in ('limit', 'pause', 'decommission'))`;
  return db
    .select({ outcome: effects.outcome })
    .from(effects)
    .where(
      and(
        eq(effects.account, account),
        eq(effects.step, 'lift'),
        sql`${effects.claimedAt} > coalesce(${lastTaken}, '-infinity')`,
      ),
    )
    .orderBy(sql`${effects.claimedAt} desc`)
    .limit(1);
}
