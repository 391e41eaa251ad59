import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { Deletions } from '../../ports/deletions.js';
import type { Db } from '../client.js';
import { deletions } from '../schema.js';

/** Proofs of deletion on Postgres. */
export function createPostgresDeletions(db: Db): Deletions {
  return {
    async archived(account, caseId, { target, resource, archive }) {
      const { id, kind } = resource;
      await db
        .insert(deletions)
        .values({ account, caseId, target, resource: id, kind, archive })
        .onConflictDoUpdate({
          target: [deletions.account, deletions.caseId, deletions.target, deletions.resource],
          set: { archive, archivedAt: sql`now()` },
        });
    },
    async deleted(account, caseId, target, { id }) {
      await db
        .update(deletions)
        .set({ deletedAt: sql`now()` })
        .where(
          and(
            eq(deletions.account, account),
            eq(deletions.caseId, caseId),
            eq(deletions.target, target),
            eq(deletions.resource, id),
            isNull(deletions.deletedAt),
          ),
        );
    },
    async of(account) {
      const rows = await db
        .select()
        .from(deletions)
        .where(eq(deletions.account, account))
        .orderBy(desc(deletions.seq));
      return rows.map(({ target, resource, kind, archive, deletedAt }) => ({
        target,
        resource: { id: resource, kind },
        archive,
        deleted: deletedAt !== null,
      }));
    },
  };
}
