import { and, asc, eq, gt, inArray, isNull, sql } from 'drizzle-orm';
import type { DrillRowStatus } from '../../domain/drill.js';
import { asAccountId } from '../../domain/ids.js';
import { accessUnder, nameless, reachingAll, without, type Restriction } from '../../domain/restrictions.js';
import type { GuardSettings } from '../../guard/brakes.js';
import type { AccessTaken, Drills } from '../../ports/drills.js';
import { appendAudit, appendAuditOfMany } from '../audit.js';
import type { Db, Executor } from '../client.js';
import type { Words } from '../words.js';
import { access, auditLog, fireDrillRows, fireDrills } from '../schema.js';
import { linesWhere, underWay } from './drill-lines.js';
import { lockAccount } from './ledger.js';
import { isFrozen } from './switches.js';
import { takeFromMany } from './drill-takings.js';

type Settings = Pick<GuardSettings, 'mode' | 'frozen' | 'isFrozenByFile'>;

/** The name of a drill's act on an account in the audit log: its id stands where a case's would. */
export const drillEffect = (drill: string, account: string) => `${account}/${drill}/restrict/1`;

/** Fire drills on Postgres. Whoever changes a line holds the account's `access` row, as every claim does. */
export function createPostgresDrills(db: Db, settings: Settings): Drills {
  return {
    takeAccess: (drill, limit) => db.transaction((tx) => takeAccess(tx, settings, drill, limit)),
    withSessions: (drill, limit) =>
      linesWhere(db, drill, limit, and(inArray(row.status, [...withoutAccess]), isNull(row.sessionsEndedAt))),
    async noteSessionsEnded(drill, lines) {
      if (lines.length === 0) return;
      await db
        .update(fireDrillRows)
        .set({ sessionsEndedAt: sql`now()` })
        .where(and(eq(row.drill, drill), inArray(row.line, [...lines])));
    },
    async noteAccessOff(drill) {
      await db
        .update(fireDrills)
        .set({ accessOffAt: sql`now()` })
        .where(and(eq(fireDrills.id, drill), isNull(fireDrills.accessOffAt)));
    },
    toRead: (drill, after, limit) =>
      linesWhere(db, drill, limit, and(eq(row.status, 'access_off'), gt(row.line, after))),
    order: (drill, line) => db.transaction((tx) => order(tx, drill, line)),
    refuse: (drill, line, why) => db.transaction((tx) => refuse(tx, drill, line, why)),
    underWay: (drill) => underWay(db, drill),
    settle: (drill, line, status, detail) =>
      db.transaction(async (tx) => {
        const one =
          (await lockLine(tx, drill, line, 'ordered')) ?? (await lockLine(tx, drill, line, 'access_off'));
        if (one === null) return;
        await endLine(tx, { drill, line, account: one.account, at: one.now }, status, detail);
      }),
    async refuseWaiting(drill, why) {
      await db
        .update(fireDrillRows)
        .set({ status: 'refused', detail: why, changedAt: sql`now()` })
        .where(and(eq(row.drill, drill), eq(row.status, 'waiting')));
    },
    async end(drill) {
      await db
        .update(fireDrills)
        .set({ endedAt: sql`now()` })
        .where(and(eq(fireDrills.id, drill), isNull(fireDrills.endedAt)));
    },
  };
}

const row = fireDrillRows;
const withoutAccess: readonly DrillRowStatus[] = ['access_off', 'ordered', 'done', 'failed'];

async function takeAccess(
  tx: Executor,
  settings: Settings,
  drill: string,
  limit: number,
): Promise<AccessTaken> {
  if (settings.mode === 'observe') return { status: 'held', reason: 'observing' };
  if (settings.frozen || settings.isFrozenByFile() || (await isFrozen(tx)))
    return { status: 'held', reason: 'frozen' };
  const [about] = await tx.select().from(fireDrills).where(eq(fireDrills.id, drill));
  if (about === undefined) throw new Error(`there is no fire drill ${drill}`);
  // In the order of the accounts, as everybody who locks many of them does.
  const waiting = await tx
    .select({ line: row.line, account: row.account })
    .from(row)
    .where(and(eq(row.drill, drill), eq(row.status, 'waiting')))
    .orderBy(asc(row.account))
    .limit(limit)
    .for('update');
  const named = waiting.flatMap(({ line, account }) => (account === null ? [] : [{ line, account }]));
  const { now, taken, refused } = await takeFromMany(tx, about, named);
  await appendAuditOfMany(
    tx,
    taken.map(({ account, restrictions }) => ({
      account,
      kind: 'intent',
      effect: drillEffect(drill, account),
      body: { approval: about.approval, restrictions: restrictions.map(nameless) },
      at: now,
    })),
    { by: about.startedBy, reason: about.reason },
  );
  await setStatus(
    tx,
    drill,
    taken.map(({ line }) => ({ line, status: 'access_off', detail: '' })),
  );
  await setStatus(
    tx,
    drill,
    refused.map(({ line, why }) => ({ line, status: 'refused', detail: why })),
  );
  return { status: 'taken', count: named.length };
}

type Standing = { readonly line: number; readonly status: DrillRowStatus; readonly detail: string };

async function setStatus(tx: Executor, drill: string, lines: readonly Standing[]): Promise<void> {
  if (lines.length === 0) return;
  await tx.execute(sql`
    update fire_drill_rows r set status = t.status, detail = t.detail, changed_at = clock_timestamp()
    from json_to_recordset(${JSON.stringify(lines)}::json) as t (line int, status text, detail text)
    where r.drill = ${drill} and r.line = t.line`);
}

/** The line with its account locked; `null` when it is not, or no longer, in this state. */
async function lockLine(tx: Executor, drill: string, line: number, status: DrillRowStatus) {
  const isLine = and(eq(row.drill, drill), eq(row.line, line));
  const [known] = await tx.select().from(row).where(isLine);
  if (known === undefined || known.account === null) return null;
  const account = asAccountId(known.account);
  const locked = await lockAccount(tx, account);
  const [fresh] = await tx.select({ status: row.status }).from(row).where(isLine).for('update');
  if (fresh?.status !== status) return null;
  return { account, ...locked, own: await ownOf(tx, drill, account, locked.restrictions) };
}

/** The restriction that this drill has imposed, if it still stands: neither another drill's, nor one that a person put in its place. */
async function ownOf(
  tx: Executor,
  drill: string,
  account: string,
  restrictions: readonly Restriction[],
): Promise<Restriction | null> {
  const [taken] = await tx
    .select({ at: auditLog.at, by: fireDrills.startedBy, why: fireDrills.reason })
    .from(fireDrills)
    .innerJoin(auditLog, and(eq(auditLog.account, account), eq(auditLog.effect, drillEffect(drill, account))))
    .where(and(eq(fireDrills.id, drill), eq(auditLog.kind, 'intent')));
  const manual = restrictions.find(({ reason }) => reason === 'manual');
  if (taken === undefined || manual === undefined) return null;
  const isOwn =
    manual.since === taken.at.getTime() && manual.owner === taken.by && manual.evidence === taken.why;
  return isOwn ? manual : null;
}

/** What of this drill still stands for an account: `access` alone, or `all`, of which its case has to give back what runs. */
export async function heldByDrill(
  db: Db,
  drill: string,
  account: string,
): Promise<'nothing' | 'access' | 'all'> {
  const [known] = await db
    .select({ restrictions: access.restrictions })
    .from(access)
    .where(eq(access.account, account));
  const own = await ownOf(db, drill, account, known?.restrictions ?? []);
  if (own === null) return 'nothing';
  return own.accessOnly === true ? 'access' : 'all';
}

async function order(tx: Executor, drill: string, line: number): Promise<void> {
  const one = await lockLine(tx, drill, line, 'access_off');
  if (one === null) return;
  const restrictions = one.restrictions.map((known) => (known === one.own ? reachingAll(known) : known));
  await keep(tx, one, restrictions);
  await setStatus(tx, drill, [{ line, status: 'ordered', detail: '' }]);
}

async function refuse(tx: Executor, drill: string, line: number, why: string): Promise<void> {
  const one = await lockLine(tx, drill, line, 'access_off');
  if (one === null) return;
  if (one.own?.accessOnly === true) await keep(tx, one, without(one.restrictions, 'manual'));
  await endLine(tx, { drill, line, account: one.account, at: one.now }, 'refused', why);
}

type Locked = NonNullable<Awaited<ReturnType<typeof lockLine>>>;

async function keep(
  tx: Executor,
  { account, version, now }: Locked,
  restrictions: readonly Restriction[],
): Promise<void> {
  const changes = { restrictions, access: accessUnder(restrictions), version: version + 1, changedAt: now };
  await tx.update(access).set(changes).where(eq(access.account, account));
}

type Ending = { readonly drill: string; readonly line: number; readonly account: string; readonly at: Date };

/** How a line ended, in the audit log too. */
async function endLine(
  tx: Executor,
  { drill, line, account, at }: Ending,
  status: 'done' | 'failed' | 'refused' | 'undone',
  detail: string,
  words?: Words,
): Promise<void> {
  await setStatus(tx, drill, [{ line, status, detail }]);
  const effect = drillEffect(drill, account);
  await appendAudit(tx, { account, kind: 'outcome', effect, body: { status }, at, ...(words && { words }) });
}

/** Undone: by a person, whatever had become of it. Its restriction is gone, or was only of access and goes now. */
export async function undoLine(db: Db, drill: string, line: number, words: Words): Promise<void> {
  await db.transaction(async (tx) => {
    const one =
      (await lockLine(tx, drill, line, 'access_off')) ??
      (await lockLine(tx, drill, line, 'ordered')) ??
      (await lockLine(tx, drill, line, 'done')) ??
      (await lockLine(tx, drill, line, 'failed'));
    if (one === null) return;
    if (one.own?.accessOnly === true) await keep(tx, one, without(one.restrictions, 'manual'));
    await endLine(tx, { drill, line, account: one.account, at: one.now }, 'undone', '', words);
  });
}
