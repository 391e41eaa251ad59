import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountCommand } from '../../src/cli/account.js';
import { caseCommand } from '../../src/cli/case.js';
import { addAccount, findAccount } from '../../src/db/queries/accounts.js';
import { linkByOrder } from '../../src/db/queries/customers.js';
import { access, accounts, inbox } from '../../src/db/schema.js';
import { asCustomerId } from '../../src/domain/ids.js';
import { forbear, forbearHere } from '../support/cli.js';
import { newId } from '../support/stack-events.js';
import { checkout, makeTestFolder } from '../support/stack-folder.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

let folder: ReturnType<typeof makeTestFolder>;
let stack: TestDatabase;

beforeAll(async () => {
  folder = makeTestFolder('accounts-files');
  stack = await startDatabase('accounts');
});
afterAll(async () => {
  await stack.end();
  folder.remove();
});

const db = () => stack.database.db;
const settings = () => ({ DATABASE_URL: stack.url });
const ran = (...args: string[]) => forbearHere(accountCommand(), ['account', ...args], settings());

async function run(...args: string[]): Promise<string> {
  const { code, out, err } = await ran(...args);
  expect([code, err]).toEqual([0, '']);
  return out;
}

function fileOf(text: string, name = `${newId('file')}.csv`): string {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return path;
}

const shown = async (ref: string) => JSON.parse(await run('show', ref, '--json')) as Record<string, unknown>;
const jsonLines = (out: string) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const signed = ['--by', 'Sam', '--reason', 'they called'];

async function anAccount(...customers: string[]): Promise<string> {
  const ref = newId('app');
  await addAccount(db(), { ref, customers: customers.map(asCustomerId) });
  return ref;
}

/** What the audit log says of people's changes. */
async function noted(ref: string): Promise<unknown[]> {
  const out = (await forbearHere(caseCommand(), ['case', 'history', ref, '--json'], settings())).out;
  const entries = jsonLines(out);
  expect(entries.at(-1)).toMatchObject({ kind: 'chain', brokenAt: null });
  return entries.slice(0, -1).map(({ what, who, why }) => [what, who, why]);
}

describe('forbear account import', () => {
  it('reads the example file, and a second run changes nothing and says so', async () => {
    const example = join(checkout, 'examples/accounts.csv');
    expect(await run('import', example, '--dry-run')).toContain('Would be 3 added, 0 changed, 0 unchanged');
    expect((await ran('show', 'acme')).code).toBe(3);
    // As a person does it, in a process of its own; most of the rest is run within this one.
    const imported = await forbear(['account', 'import', example], settings());
    expect(imported).toEqual({ code: 0, out: '3 added, 0 changed, 0 unchanged.\n', err: '' });
    expect(await shown('acme')).toMatchObject({
      name: 'Acme Ltd',
      customers: ['cus_AcmeEurope', 'cus_AcmeMain'],
      contacts: ['billing@acme.example'],
      people: [
        { role: 'owner', email: 'ada@acme.example', name: null },
        { role: 'billing', email: 'billing@acme.example', name: null },
        { role: 'technical', email: 'ops@acme.example', name: null },
      ],
      language: 'en',
      timeZone: 'Europe/London',
      country: 'GB',
      plan: 'business',
      tags: ['vip'],
      since: Date.UTC(2021, 2, 1),
    });
    expect(await shown('wiener-brot')).toMatchObject({
      contacts: ['buero@wienerbrot.example', 'rechnung@wienerbrot.example'],
      language: 'de',
    });
    // Without a billing contact notices go to the owner.
    expect(await shown('open-atlas')).toMatchObject({
      contacts: ['grace@openatlas.example'],
      tags: ['free-plan', 'nonprofit'],
      since: null,
    });
    expect(await run('import', example)).toBe('0 added, 0 changed, 3 unchanged.\n');
  });

  it('leaves what a file does not say, takes away what it says is none, and keeps the names of contacts', async () => {
    const ref = newId('app');
    const first = fileOf(
      `ref;name;email;tags;country;customer\n${ref};Old;a@x.example;vip trial;AT;cus_${ref}\n`,
    );
    await run('import', first, '--delimiter', ';');
    await run('contact', 'add', ref, 'a@x.example', '--name', 'Ada', ...signed);
    const second = fileOf(`ref,name,email,tags,country,customer\n${ref},,a@x.example b@x.example,-,,\n`);
    expect(await run('import', second)).toBe('0 added, 1 changed, 0 unchanged.\n');
    expect(await shown(ref)).toMatchObject({
      name: 'Old',
      tags: [],
      country: 'AT',
      customers: [`cus_${ref}`],
      people: [
        { role: 'billing', email: 'a@x.example', name: 'Ada' },
        { role: 'billing', email: 'b@x.example', name: null },
      ],
    });
    expect(await run('import', second)).toBe('0 added, 0 changed, 1 unchanged.\n');
  });

  it('takes a file’s own names, also from inside of JSON', async () => {
    const [one, two] = [newId('app'), newId('app')];
    const csv = fileOf(`account_id,E-Mail,colour\n${one},a@x.example,gold\n`);
    const maps = ['--map', 'ref=account_id', '--map', 'billing_email=E-Mail'];
    expect(await run('import', csv, ...maps)).toContain('no field has this name: colour');
    expect(await shown(one)).toMatchObject({ contacts: ['a@x.example'] });
    const line = { metadata: { account: two }, tags: ['a', 'b'], time_zone: null };
    const json = fileOf(`${JSON.stringify(line)}\n\n`, 'some.jsonl');
    await run('import', json, '--map', 'ref=metadata.account');
    expect(await shown(two)).toMatchObject({ tags: ['a', 'b'], timeZone: null });
  });

  it('tells every wrong line with its number and its remedy, and writes none of the file', async () => {
    const [good, other] = [newId('app'), newId('app')];
    const text = [
      'ref,customers,billing_email,language,time_zone,country,tags,since',
      `${good},cus_${good},,,,,,`,
      `${other},sub_1,nobody,german,Mars/Base,XX,VIP!,yesterday`,
      ',cus_2,,,,,,',
      'short,cus_3',
      `${good},,,,,,,`,
      `${other}-2,cus_${good},,,,,,`,
    ].join('\n');
    const { code, out, err } = await ran('import', fileOf(text));
    expect(code).toBe(4);
    expect(err).toContain('nothing was written: 5 lines are wrong');
    for (const told of [
      ...[
        ...['"sub_1" is no Stripe customer', '"nobody" is no e-mail address', '"german" is no language'],
        ...[
          '"Mars/Base" is no time zone',
          '"XX" is no country',
          '"VIP!" is no tag',
          '"yesterday" is no date',
        ],
      ].map((says) => new RegExp(`line 3: .*${says}`)),
      /line 4: has no ref/,
      /line 5: has 2 columns and the first line names 8/,
      new RegExp(`line 6: account ${good} stands on line 2 already`),
      new RegExp(`line 7: customer cus_${good} stands on line 2 already, with account ${good}`),
    ])
      expect(out).toMatch(told);
    expect((await ran('show', good)).code).toBe(3);
    const skipping = await run('import', fileOf(text), '--skip-wrong', '--json');
    expect(jsonLines(skipping).at(-1)).toMatchObject({ kind: 'result', added: 1, wrong: 5, written: true });
    expect(await shown(good)).toMatchObject({ customers: [`cus_${good}`] });
  });

  it('DR-7 refuses a customer that belongs to another account, and says how to move it', async () => {
    const customer = newId('cus');
    const [owner, ref] = [await anAccount(customer), newId('app')];
    const file = fileOf(`ref,customers\n${ref},${customer}\n`);
    const { code, out } = await forbear(['account', 'import', file], settings());
    expect(code).toBe(4);
    expect(out).toContain(`line 2: customer ${customer} belongs to account ${owner} already`);
    expect(out).toContain(`forbear account link ${ref} ${customer} --move`);
    expect(await findAccount(db(), ref)).toBeNull();
  });

  it('EC-10 lets the events go that had waited for one of its customers', async () => {
    const [customer, stranger, ref] = [newId('cus'), newId('cus'), newId('app')];
    const event = {
      type: 'invoice.paid',
      livemode: false,
      createdAt: new Date(),
      payload: Buffer.from('{}'),
    };
    const waiting = [customer, stranger].map((one) => ({
      ...event,
      eventId: newId('evt'),
      customer: one,
      state: 'unmatched' as const,
    }));
    await db().insert(inbox).values(waiting);
    expect(await run('import', fileOf(`ref,customers\n${ref},${customer}\n`))).toContain(
      '1 waiting events are matched now',
    );
    const stateOf = async (id: string) =>
      (await db().select().from(inbox).where(eq(inbox.customer, id))).map(({ state }) => state);
    expect([await stateOf(customer), await stateOf(stranger)]).toEqual([['pending'], ['unmatched']]);
  });

  it.each([
    ['a file that is not there', ['nowhere.csv'], /nowhere\.csv can't be read/],
    ['a folder', ['.'], /is a folder/],
    ['a column that is mapped and missing', ['FILE', '--map', 'tags=Labels'], /no column for tags/],
    ['no column of refs', ['FILE', '--delimiter', ';'], /no column for ref/],
    ['an unknown field', ['FILE', '--map', 'colour=Plan'], /--map colour=Plan: write FIELD=NAME/],
  ])('refuses %s with a sentence', async (_, args, says) => {
    const file = fileOf('ref,name\nx,y\n');
    const { code, err } = await ran('import', ...args.map((arg) => (arg === 'FILE' ? file : arg)));
    expect([code, err]).toEqual([2, expect.stringMatching(says)]);
  });

  it('brings in ten thousand lines, more than it holds in memory at once, and finds them unchanged', async () => {
    const count = 10_000;
    const lines = Array.from({ length: count }, (_, n) => `bulk-${n},cus_bulk${n},b${n}@bulk.example,DE`);
    const file = fileOf(['ref,customers,billing_email,country', ...lines].join('\n'));
    expect(await run('import', file)).toBe(`${count} added, 0 changed, 0 unchanged.\n`);
    expect(await run('import', file)).toBe(`0 added, 0 changed, ${count} unchanged.\n`);
    expect(await shown('bulk-9999')).toMatchObject({ contacts: ['b9999@bulk.example'], country: 'DE' });
  });
});

describe('what is known of an account', () => {
  it('is tagged and untagged, and who did it stands in its history', async () => {
    const ref = await anAccount();
    await run('tag', ref, '+vip', '+trial', ...signed);
    expect(await run('tag', ref, '-trial', '+beta', '--by', 'Sam')).toContain('beta vip');
    await run('tag', ref, '+vip', ...signed);
    expect(await shown(ref)).toMatchObject({ tags: ['beta', 'vip'] });
    expect(await noted(ref)).toEqual([
      ['tags +trial +vip', 'Sam', 'they called'],
      ['tags +beta -trial', 'Sam', ''],
    ]);
    expect((await ran('tag', ref, 'vip')).code).toBe(2);
  });

  it('gets a zone, a country and a language, each checked', async () => {
    const ref = await anAccount();
    await run(
      'set',
      ref,
      '--time-zone',
      'Asia/Tokyo',
      '--country',
      'JP',
      '--plan',
      'Team L',
      '--language',
      'ja',
      ...signed,
    );
    expect(await shown(ref)).toMatchObject({
      timeZone: 'Asia/Tokyo',
      country: 'JP',
      plan: 'Team L',
      language: 'ja',
    });
    await run('set', ref, '--country', 'none');
    expect(await shown(ref)).toMatchObject({ timeZone: 'Asia/Tokyo', country: null });
    for (const wrong of [['--time-zone', '+02:00'], ['--country', 'UK'], ['--language', 'de-AT'], []])
      expect((await ran('set', ref, ...wrong)).code).toBe(2);
  });

  it('has contacts by role; the history names none of their addresses', async () => {
    const ref = await anAccount();
    await run('contact', 'add', ref, 'ops@x.example', '--role', 'technical', ...signed);
    expect(await run('show', ref)).toContain('none for notices about debts');
    await run('contact', 'add', ref, 'ada@x.example', '--role', 'owner', '--name', 'Ada', ...signed);
    expect(await shown(ref)).toMatchObject({ contacts: ['ada@x.example'] });
    await run('contact', 'add', ref, 'pay@x.example', ...signed);
    expect(await shown(ref)).toMatchObject({ contacts: ['pay@x.example'] });
    await run('contact', 'remove', ref, 'pay@x.example', ...signed);
    expect((await ran('contact', 'remove', ref, 'pay@x.example')).code).toBe(3);
    expect(await shown(ref)).toMatchObject({ contacts: ['ada@x.example'] });
    expect(JSON.stringify(await noted(ref))).not.toContain('@');
    expect(await noted(ref)).toHaveLength(4);
  });

  it('is found by a ref that is a UUID of the app’s own', async () => {
    const ref = crypto.randomUUID();
    const { id } = await addAccount(db(), { ref, customers: [] });
    expect((await findAccount(db(), ref))?.id).toBe(id);
    expect((await findAccount(db(), id))?.ref).toBe(ref);
  });
});

describe('DR-3 DR-8 a grant', () => {
  it('is recorded with who, why and until when, is shown, and ends', async () => {
    const ref = await anAccount();
    const until = ['--until', '2099-01-01'];
    await run('grant', ref, '--kind', 'reseller', ...until, ...signed);
    await run('grant', ref, '--kind', 'lifetime', ...signed);
    expect(await run('show', ref)).toMatch(
      /reseller from .* until 2099-01-01 00:00 UTC, by Sam: they called/,
    );
    const second = await ran('grant', ref, '--kind', 'lifetime', ...signed);
    expect([second.code, second.err]).toEqual([4, expect.stringContaining('grant-end')]);
    expect((await ran('grant', ref, '--kind', 'free', '--until', '2020-01-01', ...signed)).code).toBe(4);
    await run('grant-end', ref, '--kind', 'lifetime', '--by', 'Kim', '--reason', 'sold');
    expect(await shown(ref)).toMatchObject({
      grants: [
        { kind: 'reseller', by: 'Sam', reason: 'they called', until: Date.UTC(2099, 0, 1), endedAt: null },
        { kind: 'lifetime', until: null, endedAt: expect.any(Number) as number, endedBy: 'Kim' },
      ],
    });
    await run('grant', ref, '--kind', 'lifetime', ...signed);
    await run('grant-end', ref, ...signed);
    expect((await ran('grant-end', ref, ...signed)).code).toBe(3);
    expect(await noted(ref)).toEqual([
      ['reseller grant until 2099-01-01 00:00 UTC', 'Sam', 'they called'],
      ['lifetime grant', 'Sam', 'they called'],
      ['lifetime grant ended', 'Kim', 'sold'],
      ['lifetime grant', 'Sam', 'they called'],
      ['reseller and lifetime grant ended', 'Sam', 'they called'],
    ]);
  });

  it('DR-3 says that its end takes nothing away by itself', async () => {
    const ref = await anAccount();
    const until = await run('grant', ref, '--kind', 'free', '--until', '2099-01-01', ...signed);
    expect(until).toContain('When it is over, nothing is taken away by that alone.');
    const ended = await run('grant-end', ref, ...signed);
    expect(ended).toBe(`The free grant of ${ref} has ended. Nothing is taken away by that alone.\n`);
  });

  it('DR-8 lets an account look anew of which something is taken; without Temporal it says what is left to do', async () => {
    const ref = await anAccount();
    const [row] = await db().select().from(accounts).where(eq(accounts.ref, ref));
    await db()
      .insert(access)
      .values({ account: row!.id, fallback: { plan: 'free', limits: {} } });
    expect(await run('show', ref)).toMatch(/plan .* fallback plan: free/);
    const granted = await forbear(['account', 'grant', ref, '--kind', 'lifetime', ...signed], {
      DATABASE_URL: stack.url,
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    });
    expect(granted.out).toBe(`Account ${ref} has a lifetime grant.\n`);
    expect([granted.code, granted.err]).toEqual([
      1,
      expect.stringContaining(`forbear case recheck ${ref} --reason "granted"`),
    ]);
    expect(await shown(ref)).toMatchObject({
      grants: [{ kind: 'lifetime', endedAt: null }],
      fallback: { plan: 'free', limits: {} },
    });
  });

  it('needs its kind, a reason, and an account', async () => {
    const ref = await anAccount();
    for (const args of [
      ['grant', ref, ...signed],
      ['grant', ref, '--kind', 'gift', ...signed],
      ['grant', ref, '--kind', 'free'],
    ])
      expect((await ran(...args)).code).toBe(2);
    expect((await ran('grant', 'nobody', '--kind', 'free', ...signed)).code).toBe(3);
    expect(await db().select().from(accounts).where(eq(accounts.ref, ref))).toHaveLength(1);
  });
});

describe('DR-7 the customers of an account', () => {
  const sam = { by: 'Sam', reason: 'merged' };
  const found = async (ref: string) => {
    const account = await findAccount(db(), ref);
    if (account === null) throw new Error(`there is no account ${ref}`);
    return account;
  };

  it('are several; one that belongs elsewhere is moved only by order, and both histories tell', async () => {
    const [one, two, three] = [newId('cus'), newId('cus'), newId('cus')].map(asCustomerId);
    if (one === undefined || two === undefined || three === undefined) throw new Error('no ids');
    const [acme, beta] = [await anAccount(one), await anAccount(two)];
    const to = await found(acme);
    await expect(linkByOrder(db(), to, [three, two], { ...sam, move: false })).rejects.toMatchObject({
      code: 'CUSTOMER_TAKEN',
    });
    expect((await found(acme)).customers).toEqual([one]);
    const linked = await linkByOrder(db(), to, [three, two], { ...sam, move: true });
    expect(linked.map(({ customer, from, isNew }) => [customer, from?.ref, isNew]).sort()).toEqual(
      [
        [three, undefined, true],
        [two, beta, true],
      ].sort(),
    );
    expect((await found(acme)).customers).toEqual([one, two, three].sort());
    expect((await found(beta)).customers).toEqual([]);
    expect((await linkByOrder(db(), to, [two], { ...sam, move: false }))[0]).toMatchObject({ isNew: false });
    expect((await noted(acme)).sort()).toEqual(
      [
        [`customer ${three} linked`, 'Sam', 'merged'],
        [`customer ${two} moved here from ${beta}`, 'Sam', 'merged'],
      ].sort(),
    );
    expect(await noted(beta)).toEqual([[`customer ${two} moved away to ${acme}`, 'Sam', 'merged']]);
  });

  it('are refused and moved on the command line; without Temporal it says what is left to do', async () => {
    const customer = newId('cus');
    const [owner, ref] = [await anAccount(customer), await anAccount()];
    const restrictions = [
      { reason: 'nonpayment' as const, access: 'read_only' as const, owner, evidence: 'in_1', since: 0 },
    ];
    await db()
      .insert(access)
      .values({ account: (await found(owner)).id, access: 'read_only', restrictions });
    const link = (...args: string[]) =>
      forbear(['account', 'link', ref, customer, ...args], {
        DATABASE_URL: stack.url,
        TEMPORAL_ADDRESS: '127.0.0.1:1',
      });
    const refused = await link();
    expect([refused.code, refused.err]).toEqual([4, expect.stringContaining(`(${owner}) already`)]);
    expect((await link('--move')).code).toBe(2);
    const moved = await link('--move', ...signed);
    expect(moved.out).toContain(`belongs to ${ref} now, no longer to ${owner}`);
    expect(moved.out).toContain(`${owner} has no Stripe customer left`);
    expect(moved.code).toBe(1);
    for (const one of [ref, owner]) expect(moved.err).toContain(`forbear case recheck ${one} `);
    expect((await found(ref)).customers).toEqual([customer]);
  });

  it('are unlinked, with a note, and only those that are the account’s', async () => {
    const [own, strange] = [newId('cus'), newId('cus')];
    const ref = await anAccount(own);
    await anAccount(strange);
    expect(await run('unlink', ref, own, ...signed)).toContain(`${own} no longer counts for ${ref}`);
    expect((await ran('unlink', ref, strange, ...signed)).code).toBe(3);
    expect((await found(ref)).customers).toEqual([]);
    expect(await noted(ref)).toEqual([[`customer ${own} unlinked`, 'Sam', 'they called']]);
  });
});
