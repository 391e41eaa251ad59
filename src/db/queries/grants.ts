import { and, asc, eq, gt, inArray, isNull, or, sql } from 'drizzle-orm';
import { grantState, type Grant, type GrantKind } from '../../domain/grant.js';
import type { AccountId } from '../../domain/ids.js';
import { formatInstant, type Instant } from '../../domain/time.js';
import type { Db, Executor } from '../client.js';
import { grants } from '../schema.js';
import { lockAccount } from './ledger.js';
import { noteOrder, type Signed } from './notes.js';

/** Everything that was ever granted to the account, the oldest first. */
export async function readGrants(db: Executor, account: AccountId): Promise<Grant[]> {
  const rows = await db
    .select()
    .from(grants)
    .where(eq(grants.account, account))
    .orderBy(asc(grants.from), asc(grants.id));
  return rows.map(({ id, kind, by, reason, endedBy, ...row }) => ({
    ...{ id, kind, by, reason, endedBy },
    from: row.from.getTime(),
    until: row.until?.getTime() ?? null,
    endedAt: row.endedAt?.getTime() ?? null,
  }));
}

/** Whether a grant stands for the account, by the database's clock. */
export async function isGranted(db: Executor, account: AccountId): Promise<boolean> {
  const now = sql`clock_timestamp()`;
  const [row] = await db
    .select({ id: grants.id })
    .from(grants)
    .where(
      and(
        eq(grants.account, account),
        or(isNull(grants.until), gt(grants.until, now)),
        or(isNull(grants.endedAt), gt(grants.endedAt, now)),
      ),
    )
    .limit(1);
  return row !== undefined;
}

type Granting = Signed & { readonly kind: GrantKind; readonly until: Instant | null };

/**
 * Records a grant, in the audit log too, from the database's now on. `null`: nothing was written, for it would be over
 * already, or one of this kind stands.
 */
export async function recordGrant(
  db: Db,
  account: AccountId,
  { kind, until, ...signed }: Granting,
): Promise<Grant | null> {
  return db.transaction(async (tx) => {
    const { now } = await lockAccount(tx, account);
    const known = standingOf(await readGrants(tx, account), now);
    const isOver = until !== null && until <= now.getTime();
    if (isOver || known.some((grant) => grant.kind === kind)) return null;
    const end = until === null ? null : new Date(until);
    const [row] = await tx
      .insert(grants)
      .values({ account, kind, ...signed, from: now, until: end })
      .returning({ id: grants.id });
    if (row === undefined) throw new Error('a grant was recorded and is not there');
    const text = `${kind} grant${until === null ? '' : ` until ${formatInstant(until)}`}`;
    await noteOrder(tx, account, { kind: 'grant', text, ...signed });
    return { ...{ id: row.id, kind, until }, ...signed, from: now.getTime(), endedAt: null, endedBy: null };
  });
}

/** Ends the account's standing grants, of one kind or all, in the audit log too; says which. Repeatable. */
export async function endGrants(
  db: Db,
  account: AccountId,
  { kind, ...signed }: Signed & { readonly kind: GrantKind | null },
): Promise<GrantKind[]> {
  return db.transaction(async (tx) => {
    const { now } = await lockAccount(tx, account);
    const standing = standingOf(await readGrants(tx, account), now);
    const ending = standing.filter((grant) => kind === null || grant.kind === kind);
    if (ending.length === 0) return [];
    const ids = ending.map(({ id }) => id);
    await tx
      .update(grants)
      .set({ endedAt: now, endedBy: signed.by })
      .where(and(eq(grants.account, account), inArray(grants.id, ids)));
    const kinds = ending.map((grant) => grant.kind);
    const text = `${kinds.join(' and ')} grant ended`;
    await noteOrder(tx, account, { kind: 'endGrant', text, ...signed });
    return kinds;
  });
}

const standingOf = (all: readonly Grant[], now: Date) =>
  all.filter((grant) => grantState(grant, now.getTime()) === 'standing');
