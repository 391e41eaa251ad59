import { and, desc, eq, gt, isNull, sql } from 'drizzle-orm';
import { wholePolicy } from '../../domain/brief.js';
import { asPolicyVersion, type AccountId, type PolicyVersion } from '../../domain/ids.js';
import type { Policy } from '../../domain/policy.js';
import { parseBook, type PolicyBook } from '../../policy/book.js';
import { choosePolicy, type PolicyOverride } from '../../policy/resolve.js';
import { PortError } from '../../ports/errors.js';
import type { Policies } from '../../ports/policies.js';
import type { Db } from '../client.js';
import { policies, policyOverrides } from '../schema.js';

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

/** The account's own rules that count now; `null` without any. */
export async function readOverride(db: Db, account: AccountId): Promise<PolicyOverride | null> {
  const [row] = await db
    .select()
    .from(policyOverrides)
    .where(
      and(
        eq(policyOverrides.account, account),
        isNull(policyOverrides.endedAt),
        gt(policyOverrides.until, sql`now()`),
      ),
    )
    .orderBy(desc(policyOverrides.id))
    .limit(1);
  if (row === undefined) return null;
  const { patch, reason, by, until } = row;
  return { patch, reason, by, until: until.getTime(), beside: await readBook(db, asPolicyVersion(row.book)) };
}

async function readClock(db: Db): Promise<number> {
  const [row] = await db.execute<{ now: number }>(sql`select extract(epoch from now()) * 1000 as now`);
  return Math.floor(Number(row?.now));
}
