import { eq, sql } from 'drizzle-orm';
import { wholePolicy } from '../../domain/brief.js';
import type { PolicyVersion } from '../../domain/ids.js';
import type { Policy } from '../../domain/policy.js';
import type { PolicyBook } from '../../policy/book.js';
import { choosePolicy } from '../../policy/resolve.js';
import { PortError } from '../../ports/errors.js';
import type { Policies } from '../../ports/policies.js';
import type { Db } from '../client.js';
import { policies } from '../schema.js';
import { keepBook } from './books.js';
import { readOverride } from './overrides.js';

/** Every policy that a case ever began with, by the hash of its content. `current` is the file this process was given. */
export function createPostgresPolicies(db: Db, current: PolicyBook): Policies {
  let isKept = false;
  return {
    async choose(account, ask) {
      // Once a process is enough: what is kept is never removed.
      if (!isKept) await keepBook(db, current);
      isKept = true;
      const own = { override: await readOverride(db, account.id), now: await readClock(db) };
      const chosen = await choosePolicy(current, account, own, ask);
      if (chosen.version !== current.version) await keepPolicy(db, chosen, current.version);
      return chosen;
    },
    read: (version) =>
      version === current.version ? Promise.resolve(current.policy) : readPolicy(db, version),
  };
}

async function keepPolicy(
  db: Db,
  { version, policy }: { readonly version: PolicyVersion; readonly policy: Policy },
  book: PolicyVersion,
): Promise<void> {
  await db.insert(policies).values({ version, name: policy.name, policy, book }).onConflictDoNothing();
}

/** Throws `UNKNOWN_POLICY`. What was kept before a rule existed goes on without it. */
export async function readPolicy(db: Db, version: PolicyVersion): Promise<Policy> {
  const [row] = await db
    .select({ policy: policies.policy })
    .from(policies)
    .where(eq(policies.version, version));
  if (row === undefined) throw new PortError('UNKNOWN_POLICY', `no policy has the version ${version}`);
  return wholePolicy(row.policy);
}

async function readClock(db: Db): Promise<number> {
  const [row] = await db.execute<{ now: number }>(sql`select extract(epoch from now()) * 1000 as now`);
  return Math.floor(Number(row?.now));
}
