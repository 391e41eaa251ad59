import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { access, accounts, auditLog, fireDrills } from '../../src/db/schema.js';
import { startStack, type Stack } from '../../src/dev/stack.js';
import { forbear } from '../support/cli.js';
import { eventually } from '../support/dev-eventually.js';
import { sendInvoice, settleIn, sizes, subscribe, untilStage, type Life } from '../support/lives.js';
import { makeTestFolder } from '../support/stack-folder.js';
import { stackOptions, waysInto, type Ways } from '../support/stack.js';

// Nothing is taken by the timetable while this runs.
const policy = `name: patient
retryWindow: 0s
reminders:
  - after: 1s
pause:
  after: 30d
  lead: 7d
contact: help@forbear.test
recheck: 1s
holdRetry: 3s
`;

let folder: ReturnType<typeof makeTestFolder>;
let stack: Stack;
let ways: Ways;
let owing: Life;
let paying: Life;
let named: Life;
let recovered: Life;

beforeAll(async () => {
  folder = makeTestFolder('fire-drill');
  stack = await startStack(stackOptions(folder.path, policy));
  ways = waysInto(stack);
  [owing, paying, named, recovered] = await Promise.all([
    settleIn(ways, 'Owing'),
    settleIn(ways, 'Paying'),
    settleIn(ways, 'Named'),
    settleIn(ways, 'Recovered'),
  ]);
  for (const life of [paying, named, recovered]) await subscribe(ways, life);
  await sendInvoice(ways, owing, 4_900);
  await untilStage(ways, owing, 'reminded');
  // What our rows know is older than its payment.
  await ways.db.update(accounts).set({ billingStatus: 'past_due' }).where(eq(accounts.id, recovered.id));
});

afterAll(async () => {
  await ways?.close();
  await stack?.stop();
  folder.remove();
});

const file = (name: string) => join(folder.path, name);
const approver = {
  FORBEAR_LINK_SECRET: 'a secret of this test, of more than 32 letters',
  FORBEAR_PUBLIC_URL: 'http://127.0.0.1:1',
};
const run = (...args: string[]) => forbear(args, { ...ways.settings, ...approver });
const why = ['--reason', 'stolen cards', '--by', 'Sam'];

type Row = {
  readonly line: string;
  readonly given: string;
  readonly result: string;
  readonly detail: string;
};
const resultsIn = (path: string): readonly Row[] => parse<Row>(readFileSync(path), { columns: true });
const sizesOf = async ({ ref }: Life) =>
  Object.fromEntries((await ways.platform.instances(ref)).map(({ id, size }) => [id, size]));
const accessOf = async ({ id }: Life) =>
  (await ways.db.select().from(access).where(eq(access.account, id)))[0] ?? null;
const off = { web: 0, jobs: 0, spare: 0 };

function writeList(): string {
  const customer = owing.ref;
  const lines = ['account,note', `${customer},owes`, `${paying.ref},pays`, `${named.ref},pays`];
  lines.push(`${recovered.ref},paid meanwhile`, 'nobody,typo', 'sub_1ABC,wrong kind', `${customer},twice`);
  lines.push('"=HYPERLINK(""x"")",formula');
  writeFileSync(file('list.csv'), `\ufeff${lines.join('\r\n')}\r\n`);
  return file('list.csv');
}

async function everything() {
  const entries = await ways.db.select({ effect: auditLog.effect }).from(auditLog);
  const states = await ways.db.select({ state: access.restrictions }).from(access);
  return { entries: entries.length, states, running: await Promise.all([owing, paying, named].map(sizesOf)) };
}

describe('FD-1 a fire drill', () => {
  it('says in a dry run what would happen to whom, and changes nothing', async () => {
    const before = await everything();
    const dry = await run('fire-drill', writeList(), '--override', named.ref);
    expect([dry.code, dry.err]).toEqual([0, '']);
    const text = dry.out.replaceAll(/[\s│]+/g, ' ');
    for (const part of [
      `2 ${owing.ref} ${owing.ref}`,
      'refused: it pays, by its last known standing',
      'suspended: although it pays: it was named',
      'unknown: no account has this ref, id or customer',
      'unknown: is a subscription of Stripe',
      'refused: is the account of line 2',
      'refused: begins like a formula',
      '8 lines: 3 would be suspended, 3 refused, 2 unknown. Nothing was changed.',
    ])
      expect(text).toContain(part);
    expect(await everything()).toEqual(before);
  });

  it('does nothing without the approval of exactly this list', async () => {
    const before = await everything();
    const list = writeList();
    const unasked = await run('fire-drill', list, '--approval', crypto.randomUUID(), ...why);
    expect([unasked.code, unasked.err]).toEqual([4, expect.stringContaining('there is no such request')]);
    const asked = await run('fire-drill', list, '--ask', '--json', ...why);
    const { approval } = JSON.parse(asked.out) as { approval: string };
    await run('approvals', 'approve', approval, '--by', 'Sam');
    // One account more than was approved.
    const more = await run('fire-drill', list, '--override', named.ref, '--approval', approval, ...why);
    expect([more.code, more.err]).toEqual([4, expect.stringContaining('not exactly the acts')]);
    expect(await everything()).toEqual(before);
  });

  it('switches off who owes or was named, gives back who pays, and says of each line what became of it', async () => {
    const list = writeList();
    const override = ['--override', named.ref];
    const asked = await run('fire-drill', list, ...override, '--ask', '--json', ...why);
    const { approval, count } = JSON.parse(asked.out) as { approval: string; count: number };
    expect(count).toBe(3);
    expect((await run('approvals', 'approve', approval, '--by', 'Sam')).code).toBe(0);
    const ran = await run('fire-drill', list, ...override, '--approval', approval, ...why);
    expect([ran.code, ran.out], ran.err).toEqual([
      1,
      expect.stringContaining('2 done, 2 unknown, 4 refused.'),
    ]);
    expect(resultsIn(file('list.result.csv')).map(({ line, result }) => [line, result])).toEqual([
      ['2', 'done'],
      ['3', 'refused'],
      ['4', 'done'],
      ['5', 'refused'],
      ['6', 'unknown'],
      ['7', 'unknown'],
      ['8', 'refused'],
      ['9', 'refused'],
    ]);
    // A spreadsheet must not run what the list held.
    expect(readFileSync(file('list.result.csv'), 'utf8')).toContain(`"'=HYPERLINK`);
    for (const life of [owing, named]) {
      expect(await sizesOf(life)).toEqual(off);
      expect(await accessOf(life)).toMatchObject({ access: 'suspended' });
      expect((await accessOf(life))?.sessionsEndedAt).not.toBeNull();
      expect(await ways.platform.scale(life.ref, 'web', 1)).toBe(423);
    }
    expect(await sizesOf(paying)).toEqual(sizes);
    expect((await accessOf(paying))?.sessionsEndedAt ?? null).toBeNull();
    expect(await sizesOf(recovered)).toEqual(sizes);
    expect(await accessOf(recovered)).toMatchObject({ access: 'active', restrictions: [] });
    const trail = await ways.db.select().from(auditLog).where(eq(auditLog.account, recovered.id));
    expect(trail.map(({ kind, body }) => [kind, (body as { status?: string }).status])).toEqual([
      ['intent', undefined],
      ['outcome', 'refused'],
    ]);
  });

  it('can’t be begun a second time by the same approval', async () => {
    const { id } = await lastApproval();
    const again = await run(
      'fire-drill',
      file('list.csv'),
      '--override',
      named.ref,
      '--approval',
      id,
      ...why,
    );
    expect([again.code, again.err]).toEqual([
      4,
      expect.stringMatching(/was used; its drill goes on with --follow/),
    ]);
  });

  it('takes back what it took by its result, and nothing else', async () => {
    const result = file('list.result.csv');
    const undone = await run('fire-drill', result, '--undo', '--reason', 'false alarm', '--by', 'Kim');
    expect([undone.code, undone.out], undone.err).toEqual([
      0,
      expect.stringContaining('2 of 2 are given back.'),
    ]);
    for (const life of [owing, named]) {
      await eventually('all runs again', async () => (await sizesOf(life)).web === sizes.web);
      expect(await sizesOf(life)).toEqual(sizes);
    }
    expect(await accessOf(named)).toMatchObject({ access: 'active', restrictions: [] });
    const again = await run('fire-drill', result, '--undo', '--reason', 'once more', '--by', 'Kim');
    expect([again.code, again.out]).toEqual([0, expect.stringContaining('0 of 0 are given back.')]);
  });
});

describe('CB-2 forbear revoke', () => {
  const because = ['--reason', 'chargeback dp_123', '--by', 'Sam'];
  const revoke = (...args: string[]) => run('revoke', ...args, ...because);

  it('asks before it takes from several, and touches nobody where a word names nobody', async () => {
    const before = await everything();
    const several = await revoke(owing.ref, named.ref);
    expect([several.code, several.err]).toEqual([2, expect.stringContaining('2 accounts are revoked')]);
    const slip = await revoke(owing.ref, 'nobody', '--yes');
    expect([slip.code, slip.err]).toEqual([3, expect.stringContaining('no account is "nobody"')]);
    expect(await everything()).toEqual(before);
  });

  it('ends access, sessions and what runs of each, is harmless when repeated, and is taken back by hand', async () => {
    const endedBefore = (await accessOf(owing))?.sessionsEndedAt?.getTime() ?? 0;
    const ran = await revoke(owing.ref, named.ref, '--yes');
    expect([ran.code, ran.out], ran.err).toEqual([
      0,
      expect.stringContaining(`${owing.ref}: revoked: no sign-in`),
    ]);
    for (const life of [owing, named]) {
      expect(await accessOf(life)).toMatchObject({ access: 'revoked' });
      expect(await sizesOf(life)).toEqual(off);
    }
    expect((await accessOf(owing))?.sessionsEndedAt?.getTime()).toBeGreaterThan(endedBefore);
    const again = await revoke(owing.ref);
    expect([again.code, again.out]).toEqual([0, `${owing.ref}: was revoked already.\n`]);
    const back = await run('case', 'lift', owing.ref, '--restriction', 'manual', ...because);
    expect(back.code, back.err).toBe(0);
    await eventually('all runs again', async () => (await sizesOf(owing)).web === sizes.web);
    const history = await run('case', 'history', owing.ref);
    expect(history.out).toContain('chargeback dp_123');
  });
});

async function lastApproval() {
  const [row] = await ways.db.select({ id: fireDrills.approval }).from(fireDrills);
  if (row === undefined) throw new Error('there was no drill');
  return row;
}
