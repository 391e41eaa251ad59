import { asc, eq } from 'drizzle-orm';
import { checkChains } from '../../src/db/queries/audit-check.js';
import type { Db } from '../../src/db/client.js';
import { createPostgresBulk } from '../../src/db/queries/bulk.js';
import { drillKind, findListed, readResults, startDrill } from '../../src/db/queries/drill-lists.js';
import { createPostgresDrills } from '../../src/db/queries/drills.js';
import { access, accounts, auditLog } from '../../src/db/schema.js';
import type { DrillAccess } from '../../src/domain/drill.js';
import { asAccountId, type AccountId } from '../../src/domain/ids.js';
import { actsOf, planDrill, type PlannedLine } from '../../src/drill/plan.js';
import { whyNot } from '../../src/drill/spare.js';
import { signDecision } from '../../src/guard/decision-proof.js';

const secret = 'a secret of the drills, long enough to be one';
const signature = { by: 'Sam', reason: 'stolen cards' };
const settings = { mode: 'enforce', frozen: false, isFrozenByFile: () => false } as const;

type Settings = Parameters<typeof createPostgresDrills>[1];

/** Fire drills on a real database, and what a test has to see of them. */
export function drillsOn(db: Db) {
  const drillsUnder = (changes: Partial<Settings> = {}) =>
    createPostgresDrills(db, { ...settings, ...changes });

  /** Accounts that owe, so that a drill takes them without being told to; their refs are in the order of their lines. */
  async function newAccounts(count: number): Promise<readonly AccountId[]> {
    const prefix = crypto.randomUUID();
    const values = Array.from({ length: count }, (_, index) => {
      const ref = `${prefix}-${String(index).padStart(6, '0')}`;
      return { ref, name: ref, billingStatus: 'past_due' as const };
    });
    const rows = await db.insert(accounts).values(values).returning({ id: accounts.id, ref: accounts.ref });
    return rows.sort((a, b) => (a.ref < b.ref ? -1 : 1)).map(({ id }) => asAccountId(id));
  }

  async function plan(
    words: readonly string[],
    wanted: DrillAccess = 'suspended',
  ): Promise<readonly PlannedLine[]> {
    const lines = words.map((given, index) => ({ line: index + 2, given, wrong: null }));
    const now = Date.now();
    return planDrill(lines, await findListed(db, words), { access: wanted, overrides: [] }, (one) =>
      whyNot(one, now),
    );
  }

  async function approve(
    planned: readonly PlannedLine[],
    wanted: DrillAccess = 'suspended',
  ): Promise<string> {
    const bulk = createPostgresBulk(db, { approvers: [], secret });
    const expiresAt = Date.now() + 60_000;
    const acts = actsOf(planned, wanted);
    const { by: askedBy, reason } = signature;
    const request = await bulk.ask({ kind: drillKind, acts, askedBy, reason, expiresAt });
    const proof = signDecision(secret, {
      approval: request.id,
      approved: true,
      by: 'zoe',
      expiresAt: request.expiresAt,
    });
    await bulk.decide(request.id, { approved: true, by: 'zoe', proof });
    return request.id;
  }

  const start = (planned: readonly PlannedLine[], approval: string, wanted: DrillAccess = 'suspended') =>
    startDrill(db, planned, { access: wanted, approval, ...signature });

  /** A drill that was approved and has not taken anything yet. */
  async function begin(words: readonly string[], wanted: DrillAccess = 'suspended'): Promise<string> {
    const planned = await plan(words, wanted);
    const started = await start(planned, await approve(planned, wanted), wanted);
    if (!('id' in started)) throw new Error(started.text);
    return started.id;
  }

  async function takeAll(drill: string, drills = drillsUnder(), limit = 1_000): Promise<number[]> {
    const counts: number[] = [];
    for (;;) {
      const taken = await drills.takeAccess(drill, limit);
      if (taken.status === 'held') throw new Error(`held: ${taken.reason}`);
      if (taken.count === 0) return counts;
      counts.push(taken.count);
    }
  }

  const accessOf = async (account: AccountId) =>
    (await db.select().from(access).where(eq(access.account, account)))[0] ?? null;
  const trailOf = async (account: AccountId) => {
    const rows = await db
      .select()
      .from(auditLog)
      .where(eq(auditLog.account, account))
      .orderBy(asc(auditLog.position));
    return rows.map(({ kind, body }) => (kind === 'outcome' ? (body as { status: string }).status : kind));
  };
  const statuses = async (drill: string) => (await readResults(db, drill)).map(({ status }) => status);

  /** Everything that the log's own check finds wrong, over all chains. */
  async function faults() {
    const found = [];
    const counts = { chains: 0, entries: 0, erased: 0 };
    for await (const fault of checkChains(db, undefined, counts)) found.push(fault);
    return found;
  }

  return {
    drillsUnder,
    newAccounts,
    plan,
    approve,
    start,
    begin,
    takeAll,
    accessOf,
    trailOf,
    statuses,
    faults,
  };
}
