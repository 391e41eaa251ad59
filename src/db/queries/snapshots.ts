import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import type { Snapshots } from '../../ports/snapshots.js';
import type { Db } from '../client.js';
import { snapshots } from '../schema.js';

/** Snapshots on Postgres; a partial unique index keeps one standing entry a resource. */
export function createPostgresSnapshots(db: Db): Snapshots {
  return {
    async keep(account, { target, resource, state }) {
      const { id, kind } = resource;
      await db.insert(snapshots).values({ account, target, resource: id, kind, state }).onConflictDoNothing();
    },
    async standing(account) {
      const rows = await db
        .select()
        .from(snapshots)
        .where(and(eq(snapshots.account, account), isNull(snapshots.restoredAt)))
        .orderBy(asc(snapshots.seq));
      return rows.map(({ target, resource, kind, state }) => ({
        target,
        resource: { id: resource, kind },
        state,
      }));
    },
    async restored(account, target, { id }) {
      await db
        .update(snapshots)
        .set({ restoredAt: sql`now()` })
        .where(
          and(
            eq(snapshots.account, account),
            eq(snapshots.target, target),
            eq(snapshots.resource, id),
            isNull(snapshots.restoredAt),
          ),
        );
    },
  };
}
