import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { access, auditLog } from '../../src/db/schema.js';
import { startStack, type Stack } from '../../src/dev/stack.js';
import { immunityMs, toldOf } from '../../src/domain/case-file.js';
import { MINUTE_MS } from '../../src/domain/time.js';
import { workflowIdOf } from '../../workflows/messages.js';
import { forbear } from '../support/cli.js';
import {
  accountOf,
  sendInvoice,
  settleIn,
  sizes,
  untilCase,
  untilMails,
  untilStage,
  type Life,
} from '../support/lives.js';
import { faultsOf, auditOf } from '../support/lives-record.js';
import { makeTestFolder } from '../support/stack-folder.js';
import { stackOptions, waysInto, type Ways } from '../support/stack.js';

// Far too strict, as somebody has written it by mistake: everybody is paused within seconds.
const policy = `name: too-strict
retryWindow: 0s
reminders:
  - after: 1s
pause:
  after: 2s
  lead: 1s
dwell: 1s
contact: help@forbear.test
recheck: 1s
holdRetry: 3s
`;

let folder: ReturnType<typeof makeTestFolder>;
let stack: Stack;
let ways: Ways;
let lives: Record<'plain' | 'vanished' | 'paid' | 'orphan', Life>;
let invoices: Map<Life, string>;

const all = () => Object.values(lives);

beforeAll(async () => {
  folder = makeTestFolder('bulk-undo');
  stack = await startStack(stackOptions(folder.path, policy));
  ways = waysInto(stack);
  const [plain, vanished, paid, orphan] = await Promise.all([
    settleIn(ways, 'Plain'),
    settleIn(ways, 'Vanished'),
    settleIn(ways, 'Paid'),
    settleIn(ways, 'Orphan'),
  ]);
  lives = { plain, vanished, paid, orphan };
  invoices = new Map(
    await Promise.all(all().map(async (life) => [life, await sendInvoice(ways, life, 4_900)] as const)),
  );
  for (const life of all()) await untilStage(ways, life, 'paused');
});

afterAll(async () => {
  await ways?.close();
  await stack?.stop();
  folder.remove();
});

const why = ['--reason', 'the policy was too strict', '--by', 'Sam'];
const lift = (...args: string[]) =>
  forbear(['lift', '--since', '1h', '--policy', 'too-strict', ...why, ...args], ways.settings);
const out = () => join(folder.path, 'result.json');

type Row = { readonly run: string; readonly ref: string; readonly result: string; readonly detail: string };
const written = () => JSON.parse(readFileSync(out(), 'utf8')) as Row[];
const resultsIn = (rows: readonly Row[]) =>
  Object.fromEntries(
    Object.entries(lives).map(([name, { ref }]) => [name, rows.find((row) => row.ref === ref)?.result]),
  );

/** All that could have changed: what runs, what is left to whom, and every entry of the audit log. */
async function everything() {
  const entries = await ways.db.select({ effect: auditLog.effect, kind: auditLog.kind }).from(auditLog);
  const states = await ways.db.select({ state: access.restrictions, version: access.version }).from(access);
  const running = await Promise.all(all().map(({ ref }) => ways.platform.instances(ref)));
  return { entries: entries.length, states, running };
}

/** Somebody deletes it on the platform itself. */
async function vanish({ ref }: Life, id: string): Promise<void> {
  const { base, token } = ways.at.platform;
  const url = `${base}/accounts/${ref}/resources/${id}/decommission`;
  const answer = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  expect(answer.ok).toBe(true);
}

const servingOf = async ({ ref }: Life) =>
  Object.fromEntries(
    (await ways.platform.instances(ref)).map(({ id, size, locked, serving }) => [
      id,
      { size, locked, serving },
    ]),
  );

describe('IN-5 an undo of what a wrong policy did to many', () => {
  it('tells in a dry run whom it would give back what, asks before it does, and changes nothing by either', async () => {
    const before = await everything();
    const dry = await lift('--dry-run');
    expect([dry.code, dry.err]).toEqual([0, '']);
    for (const { ref } of all()) expect(dry.out).toContain(ref);
    for (const part of ['too-strict', 'pause 20', '3 resources: '])
      expect(dry.out.replaceAll(/[\s│]+/g, ' ')).toContain(part);
    expect(dry.out).toContain('4 accounts would be given back, of 4 from which something was taken.');
    const others = await lift('--dry-run', '--step', 'limit');
    expect(others.out).toContain('Nothing was taken in that time.');
    const unasked = await lift();
    expect([unasked.code, unasked.out]).toEqual([2, '']);
    expect(unasked.err).toMatch(/4 accounts are given back although not paid: look with --dry-run/);
    expect(await everything()).toEqual(before);
  });

  it('P-6 gives all back as it was, serving, and says of each what became of it', async () => {
    await vanish(lives.vanished, 'web');
    await ways.stripe.invoices.pay(invoices.get(lives.paid) ?? '');
    await untilStage(ways, lives.paid, 'recovered');
    // Its run was ended by force: the order itself brings it back.
    await ways.temporal.workflow.getHandle(workflowIdOf(lives.orphan.id)).terminate('a wrong command');
    const ran = await lift('--yes', '--run', 'first', '--out', out());
    expect([ran.code, ran.out.includes('2 lifted, 1 caveat, 1 paid.')], ran.out + ran.err).toEqual([0, true]);
    expect(ran.err).toMatch(/3 of 3 {2}/);
    expect(resultsIn(written())).toEqual({
      plain: 'lifted',
      orphan: 'lifted',
      vanished: 'caveat',
      paid: 'paid',
    });
    expect(written().find(({ ref }) => ref === lives.vanished.ref)?.detail).toMatch(/web has vanished/);
    for (const life of [lives.plain, lives.orphan, lives.paid])
      expect(await servingOf(life)).toEqual({
        web: { size: sizes.web, locked: false, serving: true },
        jobs: { size: sizes.jobs, locked: false, serving: true },
        spare: { size: sizes.spare, locked: false, serving: false },
      });
    expect(await servingOf(lives.vanished)).toMatchObject({ jobs: { size: sizes.jobs, serving: true } });
    for (const life of all()) expect((await accountOf(ways, life)).access).not.toBe('suspended');
  });

  it('leaves them alone for 72 h, and tells them no earlier date', async () => {
    for (const life of [lives.plain, lives.orphan, lives.vanished]) {
      const { file, nextAt } = await untilCase(
        ways,
        life,
        'told anew',
        (row) => row.file.owesNotice === null && toldOf(row.file, 'pause') !== null,
      );
      const [row] = await ways.db.select().from(access).where(eq(access.account, life.id));
      const until = row?.immunity?.until ?? 0;
      expect(row?.immunity?.by).toBe('Sam');
      expect(until).toBeGreaterThan(Date.now() + immunityMs - 10 * MINUTE_MS);
      expect(toldOf(file, 'pause')?.at).toBeGreaterThanOrEqual(until);
      expect(nextAt?.getTime()).toBeGreaterThanOrEqual(until);
      const shown = await forbear(['case', 'show', life.ref], ways.settings);
      expect(shown.out).toMatch(/immune .*because Sam gave back/);
      // The reminder, the pause, and that it is back.
      await untilMails(ways, life, 3);
    }
  });

  it('changes nothing when it is repeated, as the same run or as another one', async () => {
    const before = await everything();
    for (const args of [['--run', 'first'], []]) {
      const ran = await lift('--yes', '--out', out(), ...args);
      expect([ran.code, ran.err]).toEqual([0, '']);
      expect(resultsIn(written())).toEqual({
        plain: 'already',
        orphan: 'already',
        vanished: 'already',
        paid: 'paid',
      });
    }
    expect(await everything()).toEqual(before);
    for (const life of all()) expect(faultsOf(await auditOf(ways, life))).toEqual([]);
    const orders = (await auditOf(ways, lives.plain)).filter(({ kind }) => kind === 'order');
    expect(orders.map(({ effect }) => effect)).toEqual([`order/bulk-undo/first/${lives.plain.id}`]);
  });
});
