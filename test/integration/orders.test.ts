import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditLog } from '../../src/db/schema.js';
import { startStack, type Stack } from '../../src/dev/stack.js';
import { forbear } from '../support/cli.js';
import {
  accountOf,
  caseOf,
  sendInvoice,
  settleIn,
  untilCase,
  untilStage,
  type Life,
} from '../support/lives.js';
import { makeTestFolder } from '../support/stack-folder.js';
import { stackOptions, waysInto, type Ways } from '../support/stack.js';

// Nothing but the first reminder comes by itself while the commands are tried.
const policy = `name: patient
retryWindow: 0s
reminders:
  - after: 1s
pause:
  after: 2h
  lead: 10m
dwell: 1s
contact: help@forbear.test
`;

let folder: ReturnType<typeof makeTestFolder>;
let stack: Stack;
let ways: Ways;

beforeAll(async () => {
  folder = makeTestFolder('orders');
  stack = await startStack(stackOptions(folder.path, policy));
  ways = waysInto(stack);
});

afterAll(async () => {
  await ways?.close();
  await stack?.stop();
  folder.remove();
});

const why = ['--reason', 'they called', '--by', 'Sam'];

async function run(...args: string[]) {
  const ran = await forbear(args, ways.settings);
  expect([ran.code, ran.err]).toEqual([0, '']);
  return ran.out;
}
const order = (kind: string, life: Life, ...options: string[]) =>
  run('case', kind, life.ref, ...options, ...why);
const jsonLines = (out: string) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('DR-7 a customer that is moved', () => {
  it('takes its debt along: who loses it owes nothing more, who gets it owes it, and both cases see it at once', async () => {
    const [merged, buyer] = [await settleIn(ways, 'Merged'), await settleIn(ways, 'Buyer')];
    const other = await settleIn(ways, 'Other');
    await run('account', 'link', merged.ref, other.customer, '--move', ...why);
    await sendInvoice(ways, merged, 4_900);
    await untilStage(ways, merged, 'reminded');
    await run('account', 'link', buyer.ref, merged.customer, '--move', ...why);
    const closed = await untilCase(ways, merged, 'closed', ({ closedAt }) => closedAt !== null);
    expect(closed.owed).toEqual([]);
    expect((await accountOf(ways, merged)).billingStatus).toBe('current');
    await untilStage(ways, buyer, 'reminded');
    expect((await accountOf(ways, buyer)).billingStatus).toBe('past_due');
    // It was the only one that the buyer could be asked by, so its case can know nothing any more, and says so.
    const told = await run('account', 'unlink', buyer.ref, merged.customer, buyer.customer, ...why);
    expect(told).toContain(`${buyer.ref} has no Stripe customer left`);
    await untilCase(ways, buyer, 'held', ({ hold }) => hold === 'standing_unclear');
  });
});

describe('people’s orders for an account in no trouble', () => {
  it('exempts it: the exemption stands beside the account, ends by a second order, and both are in its history', async () => {
    const life = await settleIn(ways, 'Exempt');
    expect(await order('exempt', life, '--until', '2099-01-01')).toContain('Exempt until 2099-01-01');
    expect(await run('account', 'show', life.ref)).toContain(
      'until 2099-01-01 00:00 UTC, by Sam: they called',
    );
    const entries = jsonLines(await run('case', 'history', life.ref, '--json'));
    expect(entries).toMatchObject([
      { kind: 'order', what: expect.stringContaining('exempt') as string, who: 'Sam', why: 'they called' },
      { kind: 'chain', entries: 1, brokenAt: null },
    ]);
  });

  it('is kept in sight: what it comes to owe is held, and shown as exempt', async () => {
    const life = await settleIn(ways, 'Owing');
    await order('exempt', life, '--days', '30');
    await sendInvoice(ways, life, 4_900);
    await untilCase(ways, life, 'held', ({ hold }) => hold === 'exempt');
    const shown = await run('case', 'show', life.ref);
    for (const part of ['49.00 USD', 'exempt', 'by Sam: they called']) expect(shown).toContain(part);
    expect((await accountOf(ways, life)).access).toBe('active');
    await order('exempt', life, '--end');
    await untilStage(ways, life, 'reminded');
  });

  it('looks at Stripe and closes again when nothing is owed', async () => {
    const life = await settleIn(ways, 'Healthy');
    const answer = await order('recheck', life, '--json');
    expect(JSON.parse(answer)).toMatchObject({ stage: 'closed', nextStep: null });
    expect((await caseOf(ways, life))?.stage).toBe('closed');
  });

  it('restricts it by hand, keeps it so, and gives everything back when that is lifted', async () => {
    const life = await settleIn(ways, 'Suspect');
    await order('restrict', life, '--access', 'suspended');
    await untilCase(ways, life, 'off', ({ file }) => file.manual?.state === 'imposed');
    expect((await accountOf(ways, life)).access).toBe('suspended');
    expect(await run('case', 'show', life.ref)).toMatch(
      /by hand .*suspended \(imposed\) by Sam: they called/,
    );
    await order('lift', life, '--restriction', 'manual');
    await untilCase(ways, life, 'given back', ({ closedAt }) => closedAt !== null);
    expect((await accountOf(ways, life)).access).toBe('active');
    const out = await run('case', 'history', life.ref);
    expect(out).toMatch(/restrict[^]*unrestrict[^]*The chain of \d+ entries is whole\./);
  });

  it('says that there is no open case, or what is wrong, and starts nothing for the rest', async () => {
    const life = await settleIn(ways, 'Quiet');
    const orders: [args: string[], code: number, says: RegExp][] = [
      [['extend', '--days', '1'], 3, /no open case/],
      [['approve', '--plan', 'deadbeef'], 3, /no open case/],
      [['lift', '--restriction', 'nonpayment'], 3, /no open case/],
      [['promise', '--pay', '2099-01-01=5.00'], 3, /no open case/],
      [['exempt'], 2, /give one of/],
      [['restrict', '--access', 'gone'], 2, /read_only, suspended, revoked/],
      [['reject'], 2, /--plan/],
      [['exempt', '--days', '1', '--reason', ' '], 2, /--reason is empty/],
    ];
    const giving = orders.map(async ([[kind = '', ...options], code, says]) => {
      const { FORBEAR_LINK_SECRET = '' } = stack.settings;
      const settings = { ...ways.settings, FORBEAR_LINK_SECRET };
      const ran = await forbear(['case', kind, life.ref, ...why, ...options], settings);
      expect([ran.code, ran.out, ran.err]).toEqual([code, '', expect.stringMatching(says)]);
    });
    await Promise.all(giving);
    expect(await caseOf(ways, life)).toBeNull();
  });
});

describe('people’s orders for an account in arrears', () => {
  it('agrees on instalments in the currency of the debt', async () => {
    const life = await settleIn(ways, 'Instalments');
    await sendInvoice(ways, life, 10_000);
    await untilStage(ways, life, 'reminded');
    const [first, second] = [20, 40].map((days) =>
      new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10),
    );
    const short = await forbear(['case', 'promise', life.ref, '--pay', `${first}=50`, ...why], ways.settings);
    expect([short.code, short.err]).toEqual([4, expect.stringContaining('100.00 USD is overdue')]);
    await order('promise', life, '--pay', `${first}=50.00`, '--pay', `${second}=50`);
    await untilCase(ways, life, 'agreed', ({ hold }) => hold === 'instalments_agreed');
    expect(await run('case', 'show', life.ref)).toMatch(
      new RegExp(
        `by ${first} 23:59:59 UTC at most 50\\.00 USD[^]*by ${second} 23:59:59 UTC at most 0\\.00 USD`,
      ),
    );
  });
});

describe('the history of an account', () => {
  it('names the position at which somebody has changed what was written', async () => {
    const life = await settleIn(ways, 'Tampered');
    await order('exempt', life, '--days', '1');
    await order('recheck', life);
    expect(await run('case', 'history', life.ref)).toContain('The chain of 2 entries is whole.');
    await ways.db.transaction(async (tx) => {
      // As whoever owns the database could, past the trigger that keeps everybody else from it.
      await tx.execute(sql`set local session_replication_role = replica`);
      await tx
        .update(auditLog)
        .set({ body: { reason: 'something else' } })
        .where(eq(auditLog.account, life.id));
    });
    const ran = await forbear(['case', 'history', life.ref, '--json'], ways.settings);
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining('broken at position 1')]);
    expect(jsonLines(ran.out).at(-1)).toEqual({ kind: 'chain', entries: 2, brokenAt: 1 });
  });
});
