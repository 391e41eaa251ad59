import { eq } from 'drizzle-orm';
import type { PolicyVersion } from '../../domain/ids.js';
import type { Policy } from '../../domain/policy.js';
import type { Policies } from '../../ports/cases.js';
import { PortError } from '../../ports/errors.js';
import type { Db } from '../client.js';
import { policies } from '../schema.js';

/** Every policy that a case ever began with, by the hash of its content. `current` is the one this process was given. */
export function createPostgresPolicies(
  db: Db,
  current: { version: PolicyVersion; policy: Policy },
): Policies {
  return {
    async current() {
      const { version, policy } = current;
      await db.insert(policies).values({ version, name: policy.name, policy }).onConflictDoNothing();
      return current;
    },
    async read(version) {
      if (version === current.version) return current.policy;
      const [row] = await db.select().from(policies).where(eq(policies.version, version));
      if (row === undefined) throw new PortError('UNKNOWN_POLICY', `no policy has the version ${version}`);
      return row.policy;
    },
  };
}
