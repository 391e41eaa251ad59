import { createHash } from 'node:crypto';
import { desc, eq, sql } from 'drizzle-orm';
import { canonicalJson } from './canonical-json.js';
import type { Executor } from './client.js';
import { auditLog, auditWords } from './schema.js';
import { sealWords, type Words } from './words.js';

export type AuditEntry = {
  readonly account: string;
  readonly kind: 'intent' | 'outcome' | 'refusal' | 'note' | 'order';
  readonly effect: string;
  /** Ids, codes, counts and dates. It stays for good, so it names nobody and quotes nobody. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly at: Date;
};

/** The hash that chains an entry to the one before it: over position, kind, effect, body and time. */
export function auditHash(previousHash: string, position: number, entry: AuditEntry): string {
  const { kind, effect, body, account } = entry;
  const content = canonicalJson({ account, position, kind, effect, body, at: entry.at.toISOString() });
  return createHash('sha256').update(previousHash).update(content).digest('hex');
}

/**
 * Adds an entry to the account's chain. `words`, who and why, are kept where they can be erased; the entry holds their id and
 * their hash. The caller holds the account's `access` row, so positions never collide.
 */
export async function appendAudit(
  tx: Executor,
  { words, ...entry }: AuditEntry & { readonly words?: Words },
): Promise<void> {
  if (words === undefined) return append(tx, entry);
  const { id, text, seal } = sealWords(words);
  await tx.insert(auditWords).values({ id, account: entry.account, words: text });
  await append(tx, { ...entry, body: { ...entry.body, ...seal } });
}

async function append(tx: Executor, entry: AuditEntry): Promise<void> {
  const [last] = await tx
    .select({ position: auditLog.position, hash: auditLog.hash })
    .from(auditLog)
    .where(eq(auditLog.account, entry.account))
    .orderBy(desc(auditLog.position))
    .limit(1);
  const position = (last?.position ?? 0) + 1;
  const previousHash = last?.hash ?? '';
  await tx
    .insert(auditLog)
    .values({ ...entry, position, previousHash, hash: auditHash(previousHash, position, entry) });
}

/**
 * Adds one entry to the chain of each of many accounts, in three statements, with the same words for each where there are
 * any. The caller holds the `access` rows of all of them,
 * and names none twice.
 */
export async function appendAuditOfMany(
  tx: Executor,
  entries: readonly AuditEntry[],
  words?: Words,
): Promise<void> {
  if (entries.length === 0) return;
  await appendAll(tx, words === undefined ? entries : await sealAll(tx, entries, words));
}

/** Sealed apart for each account, so that the words of one can be erased without another's. */
async function sealAll(
  tx: Executor,
  entries: readonly AuditEntry[],
  words: Words,
): Promise<readonly AuditEntry[]> {
  const sealed = entries.map((entry) => ({ entry, ...sealWords(words) }));
  await tx
    .insert(auditWords)
    .values(sealed.map(({ id, text, entry }) => ({ id, account: entry.account, words: text })));
  return sealed.map(({ entry, seal }) => ({ ...entry, body: { ...entry.body, ...seal } }));
}

async function appendAll(tx: Executor, entries: readonly AuditEntry[]): Promise<void> {
  const accounts = JSON.stringify(entries.map(({ account }) => account));
  const last = await tx.execute<{ account: string; position: string; hash: string }>(sql`
    select l.account, l.position, l.hash from json_array_elements_text(${accounts}::json) as asked
      join lateral (select account, position, hash from audit_log
        where account = asked::uuid order by position desc limit 1) l on true`);
  const known = new Map(last.map(({ account, ...row }) => [account, row]));
  const rows = entries.map((entry) => {
    const before = known.get(entry.account);
    const position = Number(before?.position ?? 0) + 1;
    const previousHash = before?.hash ?? '';
    return { ...entry, position, previousHash, hash: auditHash(previousHash, position, entry) };
  });
  await tx.insert(auditLog).values(rows);
}

/** What concerns no account but all of them has a chain of its own, under this id. */
export const installChain = '00000000-0000-0000-0000-000000000000';

/** Adds what people ordered for the whole install, under a lock of its own. */
export async function appendInstallAudit(
  tx: Executor,
  effect: string,
  body: Readonly<Record<string, unknown>>,
  words: Words,
): Promise<void> {
  // Any fixed number: it is this chain's among our locks.
  await tx.execute(sql`select pg_advisory_xact_lock(4217012)`);
  const [clock] = await tx.execute<{ ms: string }>(
    sql`select floor(extract(epoch from clock_timestamp()) * 1000) as ms`,
  );
  const at = new Date(Number(clock?.ms));
  await appendAudit(tx, { account: installChain, kind: 'order', effect, body, words, at });
}
