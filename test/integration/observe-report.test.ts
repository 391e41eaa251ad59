import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observeCommand } from '../../src/cli/observe.js';
import { createPostgresAccounts } from '../../src/db/queries/accounts.js';
import { createPostgresCases } from '../../src/db/queries/cases.js';
import { recordGrant } from '../../src/db/queries/grants.js';
import { keepOrders } from '../../src/db/queries/orders.js';
import { createPostgresPolicies } from '../../src/db/queries/policies.js';
import { inbox } from '../../src/db/schema.js';
import type { CaseFile } from '../../src/domain/case-file.js';
import { type AccountId } from '../../src/domain/ids.js';
import type { OrderRecord } from '../../src/domain/orders.js';
import { DAY_MS } from '../../src/domain/time.js';
import { parsePolicy } from '../../src/policy/load.js';
import { newCaseId } from '../support/claims-case.js';
import { forbearHere } from '../support/cli.js';
import { openCase, rounds } from '../support/facts.js';
import { newAccount, startDatabase, type TestDatabase } from '../support/stack-database.js';
import { makeTestFolder } from '../support/stack-folder.js';

let stack: TestDatabase;
const folder = makeTestFolder('observe-report');
const db = () => stack.database.db;
const book = parsePolicy(
  JSON.stringify({
    name: 'sample',
    retryWindow: '8d',
    reminders: [{ after: '1d' }, { after: '4d' }, { after: '8d' }],
    pause: { after: '10d', lead: '2d' },
    contact: 'billing@example.com',
  }),
  'my.yaml',
);
const now = Date.now();
const ago = (days: number) => now - days * DAY_MS;

beforeAll(async () => {
  stack = await startDatabase('observe-report');
  await seed();
});
afterAll(async () => {
  await stack.end();
  folder.remove();
});

type Seeded = {
  readonly opened: number;
  readonly closed?: number;
  readonly file?: Partial<CaseFile>;
  readonly orders?: readonly (readonly [kind: OrderRecord['kind'], text: string, daysAgo: number])[];
  readonly paid?: number;
  readonly withoutEvents?: true;
};

const known = new Map<string, { readonly id: AccountId; readonly ref: string }>();

/** One account with a case that was only observed, named for what became of it. */
async function observed(name: string, { opened, closed, file, orders = [], ...events }: Seeded) {
  const id = await newAccount(stack.database);
  const account = await createPostgresAccounts(db()).read(id);
  known.set(name, { id, ref: account.ref });
  const { version } = await createPostgresPolicies(db(), book).choose(account, () =>
    Promise.reject(new Error('Stripe was asked')),
  );
  const isOver = closed !== undefined;
  const caseFile = openCase({
    id: newCaseId(),
    account: id,
    policyVersion: version,
    stage: isOver ? 'closed' : 'watching',
    openedAt: ago(opened),
    closedAt: isOver ? ago(closed) : null,
    anchorAt: isOver ? null : ago(opened),
    firstAnchorAt: isOver ? null : ago(opened),
    owed: isOver ? [] : [{ currency: 'usd', amountMinor: 4_900 }],
    ...file,
  });
  await createPostgresCases(db()).save(caseFile, null, now);
  const records = orders.map(([kind, text, daysAgo]): OrderRecord => {
    const signed = { by: 'ada', reason: 'a reason', change: null };
    return { id: crypto.randomUUID(), kind, text, at: ago(daysAgo), ...signed };
  });
  await keepOrders(db(), id, caseFile.id, records, null);
  if (events.withoutEvents) return;
  await keepEvent(id, 'invoice.payment_failed', opened);
  if (events.paid !== undefined) await keepEvent(id, 'invoice.paid', events.paid);
}

async function keepEvent(account: AccountId, type: string, daysAgo: number): Promise<void> {
  const object = { currency: 'usd', amount_due: 4_900, due_date: null };
  await db()
    .insert(inbox)
    .values({
      eventId: crypto.randomUUID(),
      type,
      customer: 'cus_1',
      invoice: `in_${account}`,
      livemode: false,
      createdAt: new Date(ago(daysAgo)),
      payload: Buffer.from(JSON.stringify({ data: { object } })),
      state: 'dispatched',
      account,
    });
}

async function seed(): Promise<void> {
  await observed('paid-before', { opened: 30, closed: 25, paid: 25 });
  await observed('paid-soon', { opened: 30, closed: 17, paid: 17 });
  await observed('owes', { opened: 40 });
  await observed('restricted', { opened: 40, orders: [['restrict', 'suspended by hand ordered', 20]] });
  await observed('extended', { opened: 40, orders: [['extendGrace', 'grace extended by 9 days', 35]] });
  await observed('exempted', {
    opened: 40,
    orders: [['exempt', 'exempt from enforcement until 2099-01-01 00:00 UTC', 15]],
  });
  await observed('forgiven', { opened: 40, closed: 12 });
  const { id = '' } = known.get('forgiven') ?? {};
  await keepOrders(
    db(),
    id as AccountId,
    newCaseId(),
    [
      {
        id: crypto.randomUUID(),
        kind: 'exempt',
        by: 'ada',
        reason: 'our mistake',
        at: ago(12),
        text: `forgiven: in_${id}`,
        change: null,
      },
    ],
    null,
  );
  await observed('young', { opened: 3 });
  await observed('granted', { opened: 3, withoutEvents: true });
  await recordGrant(db(), known.get('granted')?.id as AccountId, {
    kind: 'free',
    until: null,
    by: 'ada',
    reason: 'a charity',
  });
  await observed('enforced', { opened: 20, file: { rounds: rounds({ remind: 1 }) } });
  await observed('long-ago', { opened: 80, closed: 70, paid: 70 });
}

const run = (...args: string[]) =>
  forbearHere(observeCommand(), ['observe', 'report', ...args], { DATABASE_URL: stack.url });

type Told = { readonly ref: string; readonly [key: string]: unknown };
type Said = {
  readonly totals: unknown;
  readonly leftOut: unknown;
  readonly switchedOn: object;
  readonly cases: Told[];
};

async function reported(...args: string[]): Promise<Said> {
  const { code, out, err } = await run('--json', '--since', '60d', ...args);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Said;
}
const caseOf = ({ cases }: Said, name: string) => cases.find(({ ref }) => ref === known.get(name)?.ref);
const iso = (daysAgo: number) => new Date(ago(daysAgo)).toISOString();

describe('forbear observe report', () => {
  it('tells of every case of the span what would have been done, and what payers and people did', async () => {
    const said = await reported();
    expect(said.cases).toHaveLength(9);
    expect(said.leftOut).toEqual({ acted_on: 1, no_debt_known: 0 });
    expect(caseOf(said, 'paid-before')).toMatchObject({
      paused: 'no',
      pauseAt: iso(20),
      settled: { by: 'paid', at: iso(25) },
      noticesAt: [iso(29), iso(26)],
    });
    expect(caseOf(said, 'paid-soon')).toMatchObject({ paused: 'yes', pauseAt: iso(20) });
    expect(caseOf(said, 'owes')).toMatchObject({ paused: 'yes', pauseAt: iso(30), settled: null });
    expect(caseOf(said, 'restricted')).toMatchObject({ view: { verdict: 'agree', restrictedAt: iso(20) } });
    expect(caseOf(said, 'extended')).toMatchObject({
      view: { verdict: 'disagree', spared: { kind: 'extended', at: iso(35), beforehand: true } },
    });
    expect(caseOf(said, 'exempted')).toMatchObject({
      view: { verdict: 'disagree', spared: { kind: 'exempted', at: iso(15), beforehand: false } },
    });
    expect(caseOf(said, 'forgiven')).toMatchObject({ settled: { by: 'forgiven', at: iso(12) } });
    expect(caseOf(said, 'young')).toMatchObject({ paused: 'not yet', pauseAt: iso(-7) });
    expect(caseOf(said, 'granted')).toMatchObject({ view: { spared: { kind: 'granted' } } });
  });

  it('adds it up, and says what enforcing would do first', async () => {
    const said = await reported();
    const sum = (cases: number) => ({
      cases,
      owed: cases === 0 ? [] : [{ currency: 'usd', amountMinor: cases * 4_900 }],
    });
    expect(said.totals).toMatchObject({
      all: sum(9),
      notices: 2 + 6 * 3 + 1 + 1,
      paused: sum(6),
      ofPaused: {
        paidSoon: sum(1),
        restricted: sum(1),
        sparedBefore: sum(1),
        sparedAfter: sum(2),
        stillOwe: sum(4),
      },
      settledBefore: sum(1),
      notYet: sum(2),
    });
    expect(said.switchedOn).toMatchObject({
      open: 6,
      firstDay: { notices: 6, limits: 0, pauses: 0, restrictions: 0 },
      pausedUntold: 0,
    });
  });

  it('takes only the cases that were open in the span', async () => {
    const whole = await reported('--since', '90d');
    expect(caseOf(whole, 'long-ago')).toBeDefined();
    const past = await reported('--since', iso(90).slice(0, 10), '--until', '60d');
    expect(past.cases.map(({ ref }) => ref)).toEqual([known.get('long-ago')?.ref]);
  });

  it('is read by people in a minute', async () => {
    const { code, out, err } = await run('--since', '60d');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('and only observed: 9, with 441.00 USD overdue.');
    expect(out).toContain('Left out, because Forbear has acted in them already: 1.');
    expect(out).toMatch(/│ paused +│ 6 +│ 294\.00 USD/);
    expect(out).toMatch(/exempted on \S+: against their judgement/);
    expect(out).toMatch(/gave time on \S+: Forbear would have obeyed/);
    expect(out).toMatch(/paid on \S+, 3 days after that/);
    const [last = ''] = out.trimEnd().split('\n').slice(-1);
    expect(last).toMatch(
      /^Switched to enforce now \(6 open cases\): within the first day 6 customers are written to, 0 accounts are paused\. Nobody is paused without a fresh notice that names the day: the first pause can come on /,
    );
  });

  it('writes every case into a file, for spreadsheets', async () => {
    const path = join(folder.path, 'trial.csv');
    expect(await run('--since', '60d', '--csv', path)).toMatchObject({ code: 0 });
    const rows = parse<Record<string, string>>(readFileSync(path), { columns: true });
    expect(rows).toHaveLength(9);
    const row = rows.find(({ account }) => account === known.get('paid-soon')?.ref);
    expect(row).toMatchObject({
      owed: '49.00 USD',
      notices: '3',
      paused: 'yes',
      pause: iso(20),
      settled_by: 'paid',
      settled_days_after_pause: '3',
      paid_soon_after_pause: 'yes',
      people: 'silent',
    });
    expect(await run('--csv', join(folder.path, 'no', 'such', 'folder.csv'))).toMatchObject({ code: 1 });
  });

  it.each([
    [['--since', 'yesterday'], /--since yesterday: not a date/],
    [['--since', '1d', '--until', '2d'], /--since must lie before --until/],
  ])('refuses %j', async (args, said) => {
    const { code, err } = await run(...args);
    expect(code).toBe(2);
    expect(err).toMatch(said);
  });
});
