import { createHash } from 'node:crypto';
import { desc, eq, sql } from 'drizzle-orm';
import type { Executor } from './client.js';
import { auditLog } from './schema.js';

export type AuditEntry = {
  readonly account: string;
  readonly kind: 'intent' | 'outcome' | 'refusal' | 'note' | 'order';
  readonly effect: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly at: Date;
};

/** JSON with sorted keys, so that the same content always hashes alike, also after a round trip through `jsonb`. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null);
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`).join(',')}}`;
}

/** The hash that chains an entry to the one before it: over position, kind, effect, body and time. */
export function auditHash(previousHash: string, position: number, entry: AuditEntry): string {
  const { kind, effect, body, account } = entry;
  const content = canonicalJson({ account, position, kind, effect, body, at: entry.at.toISOString() });
  return createHash('sha256').update(previousHash).update(content).digest('hex');
}

/** Adds an entry to the account's chain. The caller holds the account's `access` row, so positions never collide. */
export async function appendAudit(tx: Executor, entry: AuditEntry): Promise<void> {
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

/** What concerns no account but all of them has a chain of its own, under this id. */
export const installChain = '00000000-0000-0000-0000-000000000000';

/** Adds what people ordered for the whole install, under a lock of its own. */
export async function appendInstallAudit(
  tx: Executor,
  effect: string,
  body: Readonly<Record<string, unknown>>,
): Promise<void> {
  // Any fixed number: it is this chain's among our locks.
  await tx.execute(sql`select pg_advisory_xact_lock(4217012)`);
  const [clock] = await tx.execute<{ ms: string }>(
    sql`select floor(extract(epoch from clock_timestamp()) * 1000) as ms`,
  );
  const at = new Date(Number(clock?.ms));
  await appendAudit(tx, { account: installChain, kind: 'order', effect, body, at });
}
