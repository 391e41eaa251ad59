import { and, desc, eq, inArray, isNull, or, sql } from 'drizzle-orm';
import { hashOf, makeKey, prefixOf, type KeyMode, type KeyScope } from '../../guard/api-key.js';
import type { Db, Executor } from '../client.js';
import { apiKeys } from '../schema.js';

export type NewKey = {
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  readonly mode: KeyMode;
  readonly expiresAt: Date | null;
};

/** A key as people see it; what it was made of can't be found out from it. */
export type KeyRow = Omit<typeof apiKeys.$inferSelect, 'hash'>;

const shown = {
  id: apiKeys.id,
  name: apiKeys.name,
  prefix: apiKeys.prefix,
  scopes: apiKeys.scopes,
  createdAt: apiKeys.createdAt,
  expiresAt: apiKeys.expiresAt,
  revokedAt: apiKeys.revokedAt,
  lastUsedAt: apiKeys.lastUsedAt,
};

/** Makes a key. What is returned as `key` is nowhere else, and never again. */
export async function createKey(
  db: Db,
  { name, scopes, mode, expiresAt }: NewKey,
): Promise<{ readonly key: string; readonly row: KeyRow }> {
  const key = makeKey(mode);
  const values = { name, scopes, expiresAt, prefix: prefixOf(key), hash: hashOf(key) };
  const [row] = await db.insert(apiKeys).values(values).returning(shown);
  if (row === undefined) throw new Error('an insert returned no row');
  return { key, row };
}

/** The newest first; with `revoked`, also those that open nothing any more. */
export async function listKeys(db: Db, { revoked = false, limit = 500 } = {}): Promise<KeyRow[]> {
  return db
    .select(shown)
    .from(apiKeys)
    .where(revoked ? undefined : isNull(apiKeys.revokedAt))
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
    .limit(limit);
}

/** The keys that a word may mean: an id, a name, how a key begins, or a whole one that has leaked. */
export async function findKeys(db: Db, word: string): Promise<KeyRow[]> {
  const isId = sql`${apiKeys.id}::text = ${word.toLowerCase()}`;
  return db
    .select(shown)
    .from(apiKeys)
    .where(or(isId, eq(apiKeys.name, word), eq(apiKeys.prefix, word), eq(apiKeys.hash, hashOf(word))))
    .limit(10);
}

/** Ends a key for good. Returns since when it is over: the second time, when it was the first. */
export async function revokeKey(db: Db, id: string): Promise<Date | null> {
  const [row] = await db
    .update(apiKeys)
    .set({ revokedAt: sql`coalesce(${apiKeys.revokedAt}, now())` })
    .where(eq(apiKeys.id, id))
    .returning({ revokedAt: apiKeys.revokedAt });
  return row?.revokedAt ?? null;
}

export type KeyRecord = {
  readonly id: string;
  readonly hash: string;
  readonly scopes: readonly KeyScope[];
  readonly expiresAt: Date | null;
};

/** The keys of these hashes that were not revoked. */
export async function readKeys(db: Executor, hashes: readonly string[]): Promise<KeyRecord[]> {
  return db
    .select({ id: apiKeys.id, hash: apiKeys.hash, scopes: apiKeys.scopes, expiresAt: apiKeys.expiresAt })
    .from(apiKeys)
    .where(and(inArray(apiKeys.hash, [...hashes]), isNull(apiKeys.revokedAt)));
}

/** Notes that a key was used just now. */
export async function touchKey(db: Executor, id: string): Promise<void> {
  await db
    .update(apiKeys)
    .set({ lastUsedAt: sql`now()` })
    .where(eq(apiKeys.id, id));
}
