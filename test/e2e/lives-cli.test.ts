import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStack, type Stack } from '../../src/dev/stack.js';
import { listAccounts } from '../../src/db/queries/accounts.js';
import { MINUTE_MS } from '../../src/domain/time.js';
import { forbear } from '../support/cli.js';
import { caseOf, sendInvoice, settleIn, untilCase, untilStage, type Life } from '../support/lives.js';
import { makeTestFolder } from '../support/stack-folder.js';
import { stackOptions, waysInto, type Ways } from '../support/stack.js';

// The first reminder comes at once; the rest is so far away that nothing moves while the commands are tried.
const policy = `name: patient
retryWindow: 0s
reminders:
  - after: 1s
pause:
  after: 2h
  lead: 10m
dwell: 1s
longestExtension: 60d
contact: help@forbear.test
`;

let folder: ReturnType<typeof makeTestFolder>;
let stack: Stack;
let ways: Ways;
let debtor: Life;
let healthy: Life;

beforeAll(async () => {
  folder = makeTestFolder('cli');
  stack = await startStack(stackOptions(folder.path, policy));
  ways = waysInto(stack);
  [debtor, healthy] = [await settleIn(ways, 'Debtor'), await settleIn(ways, 'Healthy')];
  await sendInvoice(ways, debtor, 4_900);
  await untilCase(
    ways,
    debtor,
    'told a date',
    ({ nextStep, nextAt }) => nextStep === 'pause' && nextAt !== null,
  );
});

afterAll(async () => {
  await ways?.close();
  await stack?.stop();
  folder.remove();
});

const run = (...args: string[]) => forbear(args, ways.settings);
const why = ['--reason', 'bank holiday'];

describe('commands for an operator', () => {
  it('tell people in tables and programs in JSON the same of an account and its case', async () => {
    const [list, listJson, show, showJson, account, accounts] = await Promise.all([
      run('case', 'list'),
      run('case', 'list', '--json'),
      run('case', 'show', debtor.ref),
      run('case', 'show', debtor.customer, '--json'),
      run('account', 'show', debtor.id, '--json'),
      run('account', 'list', '--json'),
    ]);
    for (const { code, err } of [list, listJson, show, showJson, account, accounts])
      expect([code, err]).toEqual([0, '']);
    for (const part of [debtor.ref, 'Debtor', '49.00 USD', 'reminded', 'pause'])
      expect(list.out).toContain(part);
    expect(
      listJson.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toMatchObject([
      { ref: debtor.ref, stage: 'reminded', owed: '49.00 USD', nextStep: 'pause', closedAt: null },
    ]);
    for (const part of ['49.00 USD', 'pause on ', `account/${debtor.id}`]) expect(show.out).toContain(part);
    expect(JSON.parse(showJson.out)).toMatchObject({
      stage: 'reminded',
      account: { id: debtor.id, ref: debtor.ref },
    });
    expect(JSON.parse(account.out)).toMatchObject({ access: 'grace_period', customers: [debtor.customer] });
    const refs = accounts.out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { ref: string }).ref);
    expect(refs.sort()).toEqual([debtor.ref, healthy.ref].sort());
  });

  it('TT-6 extend grace by days and until a date, with who and why in the case', async () => {
    const before = (await caseOf(ways, debtor))?.nextAt?.getTime() ?? NaN;
    const days = await run('case', 'extend', debtor.ref, '--days', '0.5', ...why, '--by', 'Sam', '--json');
    expect([days.code, days.err]).toEqual([0, '']);
    const { nextStep, nextAt } = JSON.parse(days.out) as { nextStep: string; nextAt: string };
    expect([nextStep, Date.parse(nextAt)]).toEqual(['pause', before + 720 * MINUTE_MS]);
    const until = new Date(before + 2_000 * MINUTE_MS).toISOString();
    const date = await run('case', 'extend', debtor.ref, '--until', until, ...why, '--by', 'Sue');
    expect([date.code, date.err]).toEqual([0, '']);
    expect(date.out).toContain(until);
    const moved = await untilCase(
      ways,
      debtor,
      'moved twice',
      ({ nextAt }) => nextAt?.toISOString() === until,
    );
    expect(moved.file.orders).toHaveLength(2);
    expect(moved.file.remarks.map(({ text }) => text)).toEqual(
      expect.arrayContaining([expect.stringMatching(/by Sam: bank/), expect.stringMatching(/by Sue: bank/)]),
    );
  });
});

describe('an operator who forgives', () => {
  it('TT-8 ends the case of an invoice that Stripe goes on calling open', async () => {
    const life = await settleIn(ways, 'Forgiven');
    const invoice = await sendInvoice(ways, life, 4_900);
    await untilStage(ways, life, 'reminded');
    const { code, err } = await run('case', 'exempt', life.ref, '--forgive', invoice, ...why, '--by', 'Sam');
    expect([code, err]).toEqual([0, '']);
    await untilStage(ways, life, 'recovered');
    expect((await ways.stripe.invoices.retrieve(invoice)).status).toBe('open');
    const shown = await run('account', 'show', life.ref, '--json');
    expect(JSON.parse(shown.out)).toMatchObject({ access: 'active', forgiven: [invoice] });
  });
});

describe.concurrent('what an operator got wrong', () => {
  const wrong: [what: string, args: () => string[], code: number, says: RegExp][] = [
    ['no such flag', () => ['case', 'list', '--jason'], 2, /unknown option '--jason'/],
    [
      'no customer',
      () => ['account', 'add', '--ref', 'x', '--customer', 'sub_1'],
      2,
      /--customer sub_1 is no Stripe customer: .*cus_/,
    ],
    [
      'a customer of somebody else',
      () => ['account', 'add', '--ref', 'x', '--customer', debtor.customer],
      1,
      /another account/,
    ],
    ['no such stage', () => ['case', 'list', '--stage', 'pausd'], 2, /--stage.*pausd.*(watching|paused)/],
    ['no such account', () => ['account', 'show', 'nobody'], 3, /no account is "nobody".*account list/],
    ['nothing to extend', () => ['case', 'extend', healthy.ref, '--days', '1', ...why], 3, /no open case/],
    ['no length', () => ['case', 'extend', debtor.ref, ...why], 2, /either --days or --until/],
    [
      'no date',
      () => ['case', 'extend', debtor.ref, '--until', 'Friday week', ...why],
      2,
      /--until Friday week: not a date/,
    ],
    ['too long', () => ['case', 'extend', debtor.ref, '--days', '61', ...why], 4, /at most 60 days/],
  ];
  it.each(wrong)('is told in one sentence: %s', async (_, args, code, says) => {
    const before = await listAccounts(ways.db, 10);
    const ran = await run(...args());
    expect(ran.err).toMatch(says);
    expect(ran.out).toBe('');
    expect(ran.code).toBe(code);
    // The sentence, and where commander adds them its suggestion and where to find help.
    expect(ran.err).not.toMatch(/\n +at /);
    expect(ran.err.trim().split('\n').length).toBeLessThanOrEqual(3);
    expect(await listAccounts(ways.db, 10)).toEqual(before);
  });

  it.each<[string, Record<string, string>, string[], number, RegExp]>([
    ['no database', {}, ['case', 'list'], 2, /DATABASE_URL is missing/],
    [
      'nobody there',
      { DATABASE_URL: 'postgres://x@127.0.0.1:9/x' },
      ['case', 'list'],
      1,
      /the database does not answer/,
    ],
    ['no settings at all', {}, ['serve'], 2, /DATABASE_URL[^]*STRIPE_SECRET_KEY[^]*STRIPE_WEBHOOK_SECRET/],
  ])('is told in one sentence: settings with %s', async (_, settings, args, code, says) => {
    const ran = await forbear(args, settings);
    expect(ran.err).toMatch(says);
    expect([ran.code, ran.out]).toEqual([code, '']);
    expect(ran.err).not.toMatch(/\n +at /);
  });

  it('is told with the path of every mistake: a policy', async () => {
    const file = join(folder.path, 'wrong.yaml');
    writeFileSync(file, policy.replace('lead: 10m', 'lead: 10').replace('dwell: 1s', 'dwel: 1s'));
    const mail = { SMTP_URL: 'smtp://127.0.0.1:9', MAIL_FROM: 'billing@forbear.test' };
    const worker = { ...ways.settings, ...mail, STRIPE_SECRET_KEY: 'sk_test_x', FORBEAR_POLICY: file };
    const ran = await forbear(['worker'], worker);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain(`${file} is not a policy`);
    expect(ran.err).toMatch(/pause\.lead: "?10"?|pause\.lead: write a duration/);
    expect(ran.err).toMatch(/dwel/);
  });
});
