import { eq, isNull } from 'drizzle-orm';
import type { PolicyVersion } from '../../domain/ids.js';
import { parseBook, type PolicyBook } from '../../policy/book.js';
import { PortError } from '../../ports/errors.js';
import type { Db } from '../client.js';
import { policies } from '../schema.js';

/** Keeps a policy file, so that an account's own rules can be put on top of it later. Safe to repeat. */
export async function keepBook(db: Db, { version, policy, source }: PolicyBook): Promise<void> {
  const row = { version, name: policy.name, policy, book: version, source };
  await db
    .insert(policies)
    .values(row)
    .onConflictDoUpdate({
      target: policies.version,
      set: { book: version, source },
      setWhere: isNull(policies.source),
    });
}

/** A policy file that was kept. Throws `UNKNOWN_POLICY`. */
export async function readBook(db: Db, version: PolicyVersion): Promise<PolicyBook> {
  const [row] = await db
    .select({ source: policies.source })
    .from(policies)
    .where(eq(policies.version, version));
  const parsed = parseBook(row?.source ?? null);
  if ('value' in parsed) return parsed.value;
  throw new PortError('UNKNOWN_POLICY', `no policy file has the version ${version}`);
}
