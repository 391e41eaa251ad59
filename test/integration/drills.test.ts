import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { and, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { liftCommand } from '../../src/cli/case/lift.js';
import { fireDrillCommand } from '../../src/cli/fire-drill.js';
import { openDatabase, type Database } from '../../src/db/client.js';
import { readAuditTrail } from '../../src/db/queries/audit.js';
import { createPostgresClaims } from '../../src/db/queries/claims.js';
import { drillOf, readDrill, readResults } from '../../src/db/queries/drill-lists.js';
import { heldByDrill, undoLine } from '../../src/db/queries/drills.js';
import { turnFreeze } from '../../src/db/queries/switches.js';
import { access, auditLog, bulkApprovals, effects, fireDrillRows } from '../../src/db/schema.js';
import { spokenBody } from '../../src/db/words.js';
import { usualBreakers } from '../../src/domain/breaker.js';
import type { AccountId } from '../../src/domain/ids.js';
import type { Restriction } from '../../src/domain/restrictions.js';
import { HOUR_MS } from '../../src/domain/time.js';
import { ledgerPolicy, newCaseId, noGrounds } from '../support/claims-case.js';
import { forbearHere } from '../support/cli.js';
import { drillsOn } from '../support/drill-world.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';
import { makeTestFolder } from '../support/stack-folder.js';

let stack: TestDatabase;
let other: Database;
let world: ReturnType<typeof drillsOn>;
beforeAll(async () => {
  stack = await startDatabase('drills');
  other = openDatabase(stack.url, 5);
  world = drillsOn(stack.database.db);
  await db().execute(sql`insert into intake_watch (sighted_at) values ('infinity')
    on conflict (id) do update set sighted_at = excluded.sighted_at`);
});
afterAll(async () => {
  await other?.close();
  await stack?.end();
});

const db = () => stack.database.db;
const words = { by: 'Kim', reason: 'false alarm' };
const suspended: Restriction = {
  reason: 'manual',
  access: 'suspended',
  owner: 'Kim',
  evidence: 'abuse',
  since: 1,
};
const unpaid: Restriction = { ...suspended, reason: 'nonpayment', access: 'read_only', owner: 'forbear' };
const restrict = (account: AccountId, ...restrictions: readonly Restriction[]) =>
  db()
    .insert(access)
    .values({ account, restrictions, access: restrictions[0]?.access ?? 'active' })
    .onConflictDoUpdate({ target: access.account, set: { restrictions } });
async function trail(account: AccountId) {
  const rows = [];
  for await (const row of readAuditTrail(db(), account)) rows.push(row);
  return rows;
}
const one = async (): Promise<AccountId> => {
  const [account] = await world.newAccounts(1);
  if (account === undefined) throw new Error('no account was made');
  return account;
};

describe('FD-1 P-9 a fire drill on Postgres', () => {
  it('takes access in bounded parts, each account once, with who and why in a log that is whole', async () => {
    const accounts = await world.newAccounts(25);
    const drill = await world.begin(accounts);
    expect(await world.takeAll(drill, world.drillsUnder(), 10)).toEqual([10, 10, 5]);
    for (const account of accounts) {
      expect(await world.accessOf(account)).toMatchObject({ access: 'suspended', version: 1 });
      expect(await world.trailOf(account)).toEqual(['intent']);
    }
    const [first] = await trail(accounts[0]!);
    expect(spokenBody(first!)).toMatchObject({ by: 'Sam', reason: 'stolen cards' });
    expect(JSON.stringify(first?.body)).not.toMatch(/Sam|stolen/);
    expect(await world.takeAll(drill)).toEqual([]);
    expect(await world.faults()).toEqual([]);
  });

  it('leaves revoked_pending where it revokes: what runs is still on', async () => {
    const account = await one();
    await world.takeAll(await world.begin([account], 'revoked'));
    expect(await world.accessOf(account)).toMatchObject({ access: 'revoked_pending' });
  });

  it('refuses who was made exempt or restricted by hand after the plan, and touches nothing of theirs', async () => {
    const [exempt, byHand, taken] = await world.newAccounts(3);
    const drill = await world.begin([exempt!, byHand!, taken!]);
    const exemption = { until: Date.now() + HOUR_MS, by: 'Zoe', reason: 'a partner' };
    await db().insert(access).values({ account: exempt!, exemption });
    await restrict(byHand!, suspended);
    const before = [await world.accessOf(exempt!), await world.accessOf(byHand!)];
    await world.takeAll(drill);
    expect(await world.statuses(drill)).toEqual(['refused', 'refused', 'access_off']);
    const details = (await readResults(db(), drill)).map(({ detail }) => detail);
    expect(details).toEqual([
      expect.stringContaining('by Zoe: end that first'),
      expect.stringContaining('suspended by hand, by Kim'),
      '',
    ]);
    expect([await world.accessOf(exempt!), await world.accessOf(byHand!)]).toEqual(before);
    expect(await world.trailOf(exempt!)).toEqual([]);
  });

  it('takes from an account for one of two drills', async () => {
    const account = await one();
    const [first, second] = [await world.begin([account]), await world.begin([account])];
    await world.takeAll(first);
    await world.takeAll(second);
    expect(await world.statuses(second)).toEqual(['refused']);
    expect((await readResults(db(), second))[0]?.detail).toBe('another fire drill has it');
    await world.drillsUnder().refuse(second, 2, 'it pays');
    expect(await world.accessOf(account)).toMatchObject({ access: 'suspended' });
  });

  it('changes nothing while everything is frozen, in whatever way, or only observed', async () => {
    const account = await one();
    const drill = await world.begin([account]);
    const held = async (changes: Parameters<typeof world.drillsUnder>[0]) =>
      world.drillsUnder(changes).takeAccess(drill, 10);
    expect(await held({ mode: 'observe' })).toEqual({ status: 'held', reason: 'observing' });
    expect(await held({ frozen: true })).toEqual({ status: 'held', reason: 'frozen' });
    expect(await held({ isFrozenByFile: () => true })).toEqual({ status: 'held', reason: 'frozen' });
    await turnFreeze(db(), true, words);
    expect(await held({})).toEqual({ status: 'held', reason: 'frozen' });
    await turnFreeze(db(), false, words);
    expect(await world.accessOf(account)).toBeNull();
    expect([await world.trailOf(account), await world.statuses(drill)]).toEqual([[], ['waiting']]);
    await world.drillsUnder().refuseWaiting(drill, 'frozen all the time');
    expect(await world.statuses(drill)).toEqual(['refused']);
    expect(await world.takeAll(drill)).toEqual([]);
  });

  it('takes nothing twice when two runs are at it at once', async () => {
    const accounts = await world.newAccounts(60);
    const drill = await world.begin(accounts);
    const counts = await Promise.all([
      world.takeAll(drill, world.drillsUnder(), 7),
      world.takeAll(drill, drillsOn(other.db).drillsUnder(), 7),
    ]);
    expect(counts.flat().reduce((sum, n) => sum + n, 0)).toBe(60);
    for (const account of accounts) {
      expect(await world.trailOf(account)).toEqual(['intent']);
      expect((await world.accessOf(account))?.version).toBe(1);
    }
    const settled = accounts.flatMap((_, index) =>
      [stack.database, other].map((on) =>
        drillsOn(on.db)
          .drillsUnder()
          .order(drill, index + 2),
      ),
    );
    await Promise.all(settled);
    expect(new Set(await world.statuses(drill))).toEqual(new Set(['ordered']));
    expect((await world.accessOf(accounts[0]!))?.version).toBe(2);
  });

  it('repeats each of its steps without further effect', async () => {
    const [done, spared] = await world.newAccounts(2);
    const drill = await world.begin([done!, spared!]);
    const drills = world.drillsUnder();
    const steps = [
      () => world.takeAll(drill),
      () => drills.noteSessionsEnded(drill, [2, 3]),
      () => drills.noteAccessOff(drill),
      () => drills.order(drill, 2),
      () => drills.refuse(drill, 3, 'it pays'),
      () => drills.settle(drill, 2, 'done', ''),
      () => drills.refuseWaiting(drill, 'nothing was taken'),
      () => drills.end(drill),
    ];
    for (const [index] of steps.entries())
      // Cut short after this step and begun anew: each step before it comes once more.
      for (const step of steps.slice(0, index + 1)) await step();
    expect(await world.statuses(drill)).toEqual(['done', 'refused']);
    expect(await world.trailOf(done!)).toEqual(['intent', 'done']);
    expect(await world.trailOf(spared!)).toEqual(['intent', 'refused']);
    expect(await drills.withSessions(drill, 10)).toEqual([]);
    expect(await world.faults()).toEqual([]);
  });

  it('sees of each line that is under way whether it is off, or was given back by a person', async () => {
    const [off, lifted, busy] = await world.newAccounts(3);
    const drill = await world.begin([off!, lifted!, busy!]);
    const drills = world.drillsUnder();
    await world.takeAll(drill);
    const act = { caseId: newCaseId(), step: 'restrict' as const, round: 1, fence: 1, claimedAt: new Date() };
    const outcome = { status: 'done' as const, at: Date.now() };
    // Its own case was quicker than the drill's order.
    await db()
      .insert(effects)
      .values({ ...act, account: off!, settledAt: new Date(), outcome });
    for (const line of [2, 3, 4]) await drills.order(drill, line);
    await restrict(lifted!);
    const seen = await drills.underWay(drill);
    expect(seen.map(({ line, isOff, isLifted }) => [line, isOff, isLifted])).toEqual([
      [2, true, false],
      [3, false, true],
      [4, false, false],
    ]);
  });

  it('P-5 gives back exactly its own restriction, and leaves other reasons', async () => {
    const account = await one();
    await restrict(account, unpaid);
    const drill = await world.begin([account]);
    await world.takeAll(drill);
    expect(await world.accessOf(account)).toMatchObject({ access: 'suspended' });
    await world.drillsUnder().refuse(drill, 2, 'it pays');
    expect(await world.accessOf(account)).toMatchObject({ access: 'read_only', restrictions: [unpaid] });
  });

  it('makes its restriction reach what runs once it is ordered, with the same who, why and since', async () => {
    const account = await one();
    const drill = await world.begin([account], 'revoked');
    await world.takeAll(drill);
    expect(await heldByDrill(db(), drill, account)).toBe('access');
    const { accessOnly, ...whole } = (await world.accessOf(account))!.restrictions[0]!;
    expect(accessOnly).toBe(true);
    await world.drillsUnder().order(drill, 2);
    expect((await world.accessOf(account))?.restrictions).toEqual([whole]);
    expect(await heldByDrill(db(), drill, account)).toBe('all');
    await world.drillsUnder().refuse(drill, 2, 'too late');
    expect(await world.statuses(drill)).toEqual(['ordered']);
  });

  it('gives back at an undo what was only access, with who and why, and once', async () => {
    const account = await one();
    const drill = await world.begin([account]);
    await world.takeAll(drill);
    await world.drillsUnder().settle(drill, 2, 'failed', 'Stripe could not be read');
    for (let times = 0; times < 2; times += 1) await undoLine(db(), drill, 2, words);
    expect(await world.accessOf(account)).toMatchObject({ access: 'active', restrictions: [] });
    expect(await world.trailOf(account)).toEqual(['intent', 'failed', 'undone']);
    const undone = (await trail(account)).at(-1);
    expect(spokenBody(undone!)).toEqual({ status: 'undone', ...words });
  });

  it('undoes nothing that a person or another drill has put in the place of its restriction', async () => {
    const account = await one();
    const first = await world.begin([account]);
    await world.takeAll(first);
    await world.drillsUnder().settle(first, 2, 'failed', 'Stripe could not be read');
    // Given back by other means, and taken by a second drill.
    await restrict(account);
    const second = await world.begin([account]);
    await world.takeAll(second);
    expect(await heldByDrill(db(), first, account)).toBe('nothing');
    await undoLine(db(), first, 2, words);
    expect(await heldByDrill(db(), second, account)).toBe('access');
    await restrict(account, suspended);
    expect(await heldByDrill(db(), second, account)).toBe('nothing');
    await world.drillsUnder().refuse(second, 2, 'it pays');
    expect(await world.accessOf(account)).toMatchObject({ restrictions: [suspended] });
  });
});

describe('FD-1 the commands around a fire drill', () => {
  const folder = makeTestFolder('drill-results');
  afterAll(() => folder.remove());
  const settings = () => ({ DATABASE_URL: stack.url });

  it('say of an account whose access alone a drill has how to give it back, and leave it', async () => {
    const account = await one();
    const drill = await world.begin([account]);
    await world.takeAll(drill);
    const args = ['lift', account, '--restriction', 'manual', '--reason', 'a mistake', '--by', 'Kim'];
    const lift = await forbearHere(liftCommand(), args, settings());
    expect([lift.code, lift.err]).toEqual([4, expect.stringContaining('fire-drill RESULT --undo')]);
    expect(await heldByDrill(db(), drill, account)).toBe('access');
  });

  it('write the result of a drill that has ended, for its owner alone, and over no other file', async () => {
    const [failed, waiting] = await world.newAccounts(2);
    const drill = await world.begin([failed!, waiting!]);
    const drills = world.drillsUnder();
    await drills.takeAccess(drill, 1);
    const [first] = await drills.toRead(drill, 0, 1);
    await drills.settle(drill, first!.line, 'failed', 'Stripe could not be read');
    await drills.refuseWaiting(drill, 'everything was frozen');
    await drills.end(drill);
    const out = join(folder.path, 'a.csv');
    const follow = () =>
      forbearHere(fireDrillCommand(), ['fire-drill', '--follow', drill, '--out', out], settings());
    const told = await follow();
    // What a command leaves for the end of its process would be the end of this one.
    const leaves = process.exitCode;
    process.exitCode = undefined;
    expect([leaves, told.out]).toEqual([1, expect.stringContaining('1 refused, 1 failed.')]);
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const written = readFileSync(out, 'utf8');
    expect(written.trim().split('\r\n')).toHaveLength(3);
    expect((await follow()).code).toBe(2);
    expect(readFileSync(out, 'utf8')).toBe(written);
    const nowhere = join(folder.path, 'nowhere', 'a.csv');
    const lost = await forbearHere(
      fireDrillCommand(),
      ['fire-drill', '--follow', drill, '--out', nowhere],
      settings(),
    );
    expect([lost.code, lost.err]).toEqual([2, expect.stringContaining('is not there')]);
  });
});

describe('FD-1 P-8 the approval of a fire drill', () => {
  it('begins one drill, and no second', async () => {
    const planned = await world.plan([await one()]);
    const approval = await world.approve(planned);
    const started = await Promise.all([world.start(planned, approval), world.start(planned, approval)]);
    expect(started.filter((result) => 'id' in result)).toHaveLength(1);
    expect(await world.start(planned, approval)).toMatchObject({ status: 'refused', reason: 'used' });
    const drill = await drillOf(db(), approval);
    expect(await readDrill(db(), drill ?? '')).toMatchObject({ approval, counts: { waiting: 1 } });
  });

  it('begins nothing for a list that has changed, and is not used up by that', async () => {
    const [acme, beta] = await world.newAccounts(2);
    const planned = await world.plan([acme!]);
    const approval = await world.approve(planned);
    const longer = await world.plan([acme!, beta!]);
    expect(await world.start(longer, approval)).toMatchObject({ status: 'refused', reason: 'changed' });
    expect(await world.start(planned, approval, 'revoked')).toMatchObject({ reason: 'changed' });
    const [row] = await db().select().from(bulkApprovals).where(eq(bulkApprovals.id, approval));
    expect([row?.consumedAt, await drillOf(db(), approval)]).toEqual([null, null]);
    expect(await world.start(planned, approval)).toHaveProperty('id');
  });
});

describe('FD-1 P-7 the breaker of acts by hand', () => {
  const zero = { most: 0, share: 0, floor: 0 };
  const claim = (account: AccountId) =>
    createPostgresClaims(db(), {
      mode: 'enforce',
      frozen: false,
      isFrozenByFile: () => false,
      breakers: { ...usualBreakers, bounds: { ...usualBreakers.bounds, revoke: { hour: zero, day: zero } } },
    }).claim({
      key: { account, caseId: newCaseId(), step: 'restrict', round: 1 },
      topic: null,
      standing: null,
      grounds: noGrounds,
      policy: ledgerPolicy,
      change: { impose: { reason: 'manual', access: 'suspended', owner: 'Sam', evidence: 'stolen cards' } },
      fallback: 'stays',
      approval: null,
      reason: 'a test',
    });

  it('lets exactly the lines pass that were approved and ordered, though it allows nobody', async () => {
    const [ordered, waiting, taken, done, stranger] = await world.newAccounts(5);
    const drill = await world.begin([ordered!, taken!, done!, waiting!]);
    await world.drillsUnder().takeAccess(drill, 4);
    await db()
      .update(fireDrillRows)
      .set({ status: 'waiting' })
      .where(and(eq(fireDrillRows.drill, drill), eq(fireDrillRows.line, 5)));
    for (const line of [2, 4]) await world.drillsUnder().order(drill, line);
    await world.drillsUnder().settle(drill, 4, 'done', '');
    expect(await claim(ordered!)).toMatchObject({ status: 'granted' });
    for (const account of [waiting!, taken!, done!, stranger!])
      expect(await claim(account)).toMatchObject({ status: 'held', reason: 'breaker_open' });
    const intents = await db().select().from(auditLog).where(eq(auditLog.account, stranger!));
    expect(intents).toEqual([]);
  });
});
