import { and, asc, eq, gte, sql } from 'drizzle-orm';
import type { AccountId } from '../../domain/ids.js';
import type { AuditRow } from '../audit-chain.js';
import type { Db } from '../client.js';
import { auditLog, auditWords } from '../schema.js';

export { createChainCheck, type AuditRow } from '../audit-chain.js';

/** An entry with the text of its words: `null` where it has none, or where they were erased at `erasedAt`. */
export type TrailRow = AuditRow & {
  readonly words: string | null;
  readonly erasedAt: Date | null;
  /** Whether there is, or was, anything under the id that the entry names. */
  readonly hasWords: boolean;
};

const pageSize = 500;

// What is no id names no words, and must not make the whole question fail.
const uuid = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
const wordsId = sql`case when ${auditLog.body} ->> 'words' ~ ${uuid} then (${auditLog.body} ->> 'words')::uuid end`;

/** The account's whole audit trail, in order. */
export function readAuditTrail(db: Db, account: AccountId): AsyncGenerator<TrailRow> {
  return readTrails(db, { account });
}

type Which = { readonly account?: AccountId | undefined; readonly since?: Date | undefined };

/** Trails, one account's after the other's, each in order: of all accounts or of one, from the beginning or since a date. */
export async function* readTrails(db: Db, { account, since }: Which): AsyncGenerator<TrailRow> {
  let after: Pick<AuditRow, 'account' | 'position'> | undefined;
  for (;;) {
    const page: TrailRow[] = await db
      .select({ ...columns, words: auditWords.words, erasedAt: auditWords.erasedAt, hasWords })
      .from(auditLog)
      .leftJoin(auditWords, eq(auditWords.id, wordsId))
      .where(
        and(
          account && eq(auditLog.account, account),
          since && gte(auditLog.at, since),
          after && sql`(${auditLog.account}, ${auditLog.position}) > (${after.account}, ${after.position})`,
        ),
      )
      .orderBy(asc(auditLog.account), asc(auditLog.position))
      .limit(pageSize);
    yield* page;
    after = page.at(-1);
    if (after === undefined || page.length < pageSize) return;
  }
}

const hasWords = sql<boolean>`${auditWords.id} is not null`;
const { seq, account, position, kind, effect, body, at, previousHash, hash } = auditLog;
const columns = { seq, account, position, kind, effect, body, at, previousHash, hash };
