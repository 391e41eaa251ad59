import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/app/contract.js';
import { createPostgresCases } from '../../src/db/queries/cases.js';
import { access, accounts, apiKeys } from '../../src/db/schema.js';
import { asApprovalId, asCustomerId, asInvoiceId } from '../../src/domain/ids.js';
import { signLink } from '../../src/guard/approval-link.js';
import { makeKey } from '../../src/guard/api-key.js';
import { createPayLinks } from '../../src/guard/pay-link.js';
import { accountShape } from '../../src/http/routes/shapes.js';
import {
  aKey,
  anAccount,
  linkSecret,
  startApiSide,
  type ApiSide,
  type Known,
} from '../support/access-api.js';
import { newCaseId } from '../support/claims-case.js';
import { forbear } from '../support/cli.js';
import { eventually } from '../support/dev-eventually.js';
import { day, openCase } from '../support/facts.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

let stack: TestDatabase;
let side: ApiSide;
let known: Known;

beforeAll(async () => {
  stack = await startDatabase('access-keys');
  side = await startApiSide(stack);
  known = await anAccount(stack);
});
afterAll(async () => {
  await side.stop();
  await stack.end();
});

const db = () => stack.database.db;
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const pathOf = ({ id }: Known) => `/v1/accounts/${id}/access`;

/** What is wrong, held to the form that every error has. */
async function wrong(path: string, headers: Readonly<Record<string, string>> = {}) {
  const { body, ...answer } = await side.problem(path, headers);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(Object.keys(body).sort()).toEqual(['detail', 'status', 'title', 'type']);
  expect(body).toMatchObject({ status: answer.status, title: expect.stringMatching(/\w/) as string });
  expect(body.detail).toMatch(/\w+ \w+/);
  return { ...answer, name: body.type.replace('urn:forbear:problem:', ''), detail: body.detail };
}

describe('a key', () => {
  it.each([
    ['is missing', ''],
    ['is of another kind', 'Basic YTpi'],
    ['is empty', 'Bearer '],
  ])('is asked for where it %s', async (_, authorization) => {
    const { status, headers, name } = await wrong(pathOf(known), { authorization });
    expect([status, name]).toEqual([401, 'no-key']);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="forbear"');
  });

  it('opens nothing when it is unknown, has a wrong letter, was revoked or has expired', async () => {
    const key = await aKey(stack);
    const expiring = await aKey(stack, { expiresAt: new Date(Date.now() + 60_000) });
    const revoked = await aKey(stack);
    await db()
      .update(apiKeys)
      .set({ revokedAt: new Date() })
      .where(eq(apiKeys.prefix, revoked.slice(0, 14)));
    expect((await side.ask(pathOf(known), bearer(expiring))).status).toBe(200);
    const later = await startApiSide(stack);
    await later.ask(pathOf(known), bearer(expiring));
    later.wait(60_000);
    expect((await later.ask(pathOf(known), bearer(expiring))).status).toBe(401);
    await later.stop();
    const changed = `${key.slice(0, 20)}${key[20] === 'a' ? 'b' : 'a'}${key.slice(21)}`;
    for (const bad of [makeKey('live'), changed, revoked, 'fb_live_', `${key}0`]) {
      const { status, headers, name } = await wrong(pathOf(known), bearer(bad));
      expect([status, name]).toEqual([401, 'invalid-key']);
      expect(headers.get('www-authenticate')).toBe('Bearer realm="forbear", error="invalid_token"');
    }
    expect((await side.ask(pathOf(known), bearer(key))).status).toBe(200);
  });

  it('is asked for in the same words whether the account exists or not', async () => {
    const there = await wrong(pathOf(known), bearer(makeKey('test')));
    const notThere = await wrong(`/v1/accounts/${crypto.randomUUID()}/access`, bearer(makeKey('test')));
    expect(there.detail).toBe(notThere.detail);
  });

  it.each([
    ['/access', 'access:read', 'accounts:read'],
    ['', 'accounts:read', 'access:read'],
  ] as const)('needs the scope of the route (%s: %s)', async (end, needed, other) => {
    const path = `/v1/accounts/${known.id}${end}`;
    const without = await aKey(stack, { scopes: [other, 'accounts:write', 'webhooks:write'] });
    const { status, headers, name, detail } = await wrong(path, bearer(without));
    expect([status, name]).toEqual([403, 'missing-scope']);
    expect(detail).toContain(needed);
    expect(headers.get('www-authenticate')).toContain(`scope="${needed}"`);
    const right = await aKey(stack, { scopes: [needed] });
    expect((await side.ask(path, bearer(right))).status).toBe(200);
  });

  it('stands nowhere in the database but as a hash', async () => {
    const key = await aKey(stack);
    const rows = JSON.stringify(await db().select().from(apiKeys));
    expect(rows).not.toContain(key.slice(16));
    expect(rows).toContain(key.slice(0, 14));
  });

  it('notes when it was last used', async () => {
    const key = await aKey(stack);
    await side.ask(pathOf(known), bearer(key));
    await eventually('the use is noted', async () => {
      const rows = await db()
        .select()
        .from(apiKeys)
        .where(eq(apiKeys.prefix, key.slice(0, 14)));
      return rows[0]?.lastUsedAt;
    });
  });

  it('may ask so many times a minute and is told how many are left, each key for itself', async () => {
    const tight = await startApiSide(stack, { env: { FORBEAR_API_RATE: '3' } });
    const [key, other] = [await aKey(stack), await aKey(stack)];
    const left: (string | null)[] = [];
    for (let asked = 0; asked < 3; asked += 1) {
      const { status, headers } = await tight.ask(pathOf(known), bearer(key));
      expect(status).toBe(200);
      expect(headers.get('ratelimit-policy')).toBe('"key";q=3;w=60');
      left.push(headers.get('ratelimit'));
    }
    expect(left.map((text) => /^"key";r=(\d);t=\d+$/.exec(text ?? '')?.[1])).toEqual(['2', '1', '0']);
    const { status, headers, body } = await tight.ask<Problem>(pathOf(known), bearer(key));
    expect([status, body.type]).toEqual([429, 'urn:forbear:problem:too-many-requests']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect((await tight.ask(pathOf(known), bearer(other))).status).toBe(200);
    await tight.stop();
  });
});

describe('an error', () => {
  it.each([
    ['an unknown path', '/v1/nothing', 404, 'unknown-path'],
    [
      'an account that is not known by our id',
      `/v1/accounts/${crypto.randomUUID()}/access`,
      404,
      'unknown-account',
    ],
    ['one that is not known by its ref', '/v1/accounts/ref:nobody/access', 404, 'unknown-account'],
    ['one that is not known by its customer', '/v1/accounts/cus_nobody', 404, 'unknown-account'],
    ['an id that is too long', `/v1/accounts/${'x'.repeat(600)}/access`, 400, 'bad-request'],
    ['an id that Postgres cannot hold', '/v1/accounts/a%00b/access', 400, 'bad-request'],
    ['a ref that is empty', '/v1/accounts/ref:', 400, 'bad-request'],
    ['a filter that is none', '/v1/accounts?access=happy', 400, 'bad-request'],
    ['a page that is too large', '/v1/accounts?limit=501', 400, 'bad-request'],
    ['a cursor that is not ours', '/v1/accounts?cursor=abc', 400, 'bad-request'],
  ])('is a problem with a remedy: %s', async (_, path, status, name) => {
    expect(await wrong(path)).toMatchObject({ status, name });
  });

  it('is a problem when the database does not answer, and says to ask again', async () => {
    const cut = await startApiSide(stack, {
      readAccess: () => () => Promise.reject(new Error('secret words')),
    });
    const { status, headers, body } = await cut.ask<Problem>(pathOf(known));
    await cut.stop();
    expect([status, body.type]).toEqual([503, 'urn:forbear:problem:unavailable']);
    expect(headers.get('retry-after')).toBe('1');
    expect(JSON.stringify(body)).not.toContain('secret words');
  });

  it('is a problem when nobody foresaw it, and is no other account’s trouble', async () => {
    const broken = await anAccount(stack);
    const mad = await startApiSide(stack, {
      readAccess: (read) => async (asked) => {
        const next = { step: 'pause', at: NaN } as const;
        const found = await read(asked);
        return found.map((one) => (one.row.id === broken.id ? { ...one, row: { ...one.row, next } } : one));
      },
    });
    const [failed, other] = await Promise.all([mad.ask<Problem>(pathOf(broken)), mad.access(known.id)]);
    await mad.stop();
    expect(failed.headers.get('content-type')).toBe('application/problem+json');
    expect(failed).toMatchObject({ status: 500, body: { type: 'urn:forbear:problem:internal' } });
    expect(failed.body.detail).not.toContain('Invalid');
    expect(other.status).toBe(200);
  });
});

describe('accounts', () => {
  type Page = { readonly accounts: readonly { readonly id: string }[]; readonly next: string | null };
  const pagesOf = async (query: string): Promise<string[][]> => {
    const pages: string[][] = [];
    for (let next: string | null = ''; next !== null;) {
      const { status, body }: { status: number; body: Page } = await side.ask<Page>(
        `/v1/accounts?${query}${next === '' ? '' : `&cursor=${next}`}`,
      );
      expect(status).toBe(200);
      body.accounts.forEach((account) => expect(accountShape.strict().parse(account)).toEqual(account));
      pages.push(body.accounts.map(({ id }) => id));
      next = body.next;
    }
    return pages;
  };

  it('come page by page, each once, whatever is renamed meanwhile', async () => {
    for (let made = 0; made < 7; made += 1) await anAccount(stack);
    const all = await db().select({ id: accounts.id }).from(accounts);
    const pages = await pagesOf('limit=3');
    expect(pages.slice(0, -1).every((page) => page.length === 3)).toBe(true);
    expect(pages.flat().sort()).toEqual(all.map(({ id }) => id).sort());
    expect(await pagesOf(`limit=${all.length}`)).toHaveLength(1);
  });

  it('are found by what is left to them, and by how their bills stand', async () => {
    const [off, disputed, late] = [await anAccount(stack), await anAccount(stack), await anAccount(stack)];
    const dispute = {
      reason: 'dispute',
      access: 'revoked',
      owner: 'ada',
      evidence: 'dp_1',
      since: 0,
    } as const;
    await db()
      .insert(access)
      .values([
        { account: off.id, access: 'suspended' },
        { account: disputed.id, access: 'revoked', restrictions: [dispute] },
      ]);
    await db().update(accounts).set({ billingStatus: 'past_due' }).where(eq(accounts.id, late.id));
    const found = async (query: string) => (await pagesOf(query)).flat();
    expect(await found('access=suspended')).toEqual([off.id]);
    expect(await found('billingStatus=disputed')).toEqual([disputed.id]);
    expect(await found('billingStatus=past_due')).toEqual([late.id]);
    expect(await found('billingStatus=past_due&access=active')).toEqual([late.id]);
    expect(await found('billingStatus=past_due&access=suspended')).toEqual([]);
    const active = await found('access=active&limit=2');
    expect(active).toContain(late.id);
    expect(active).not.toContain(off.id);
    expect(await found('billingStatus=current')).not.toContain(disputed.id);
  });

  it('are told one by one, by each of their names', async () => {
    for (const word of [known.id, known.ref, `ref:${known.ref}`, known.customer]) {
      const { status, body } = await side.ask<unknown>(`/v1/accounts/${word}`);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        id: known.id,
        ref: known.ref,
        customers: [known.customer],
        access: 'active',
      });
    }
  });
});

describe('a pay link', () => {
  const invoiceOf = ({ customer }: Known, failedAt: number) => {
    const id = asInvoiceId(`in_${crypto.randomUUID()}`);
    side.billing.addInvoice({
      id,
      customer: asCustomerId(customer),
      subscription: null,
      amountMinor: 4900,
      failedAt,
      number: id,
    });
    return id;
  };
  async function owing(): Promise<{ readonly known: Known; readonly path: string }> {
    const one = await anAccount(stack);
    side.billing.addCustomer({ id: asCustomerId(one.customer) });
    await createPostgresCases(db()).save(
      openCase({ id: newCaseId(), account: one.id }),
      { step: 'remind', at: day(1) },
      day(0),
    );
    const { payUrl } = (await side.access(one.id)).body;
    return { known: one, path: new URL(payUrl ?? '').pathname };
  }

  it('leads to the oldest open invoice, and hides where people came from', async () => {
    const { known: one, path } = await owing();
    invoiceOf(one, day(5));
    const oldest = invoiceOf(one, day(1));
    const standing = await side.billing.readStanding([asCustomerId(one.customer)]);
    const { status, headers } = await side.fetch(path);
    expect(status).toBe(303);
    expect(headers.get('location')).toBe(standing.invoices.find(({ id }) => id === oldest)?.payUrl);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('says that nothing is to be paid when nothing is open, and of what was forgiven', async () => {
    const { known: one, path } = await owing();
    const read = async () => {
      const answer = await side.fetch(path);
      return { status: answer.status, text: await answer.text() };
    };
    expect(await read()).toMatchObject({
      status: 200,
      text: expect.stringContaining('Nothing is to be paid') as string,
    });
    const forgiven = invoiceOf(one, day(1));
    expect((await read()).status).toBe(303);
    await db()
      .insert(access)
      .values({ account: one.id, forgiven: [forgiven] });
    expect(await read()).toMatchObject({
      status: 200,
      text: expect.stringContaining('Nothing is to be paid') as string,
    });
  });

  it('asks nobody to pay twice while a payment is on its way', async () => {
    const { known: one, path } = await owing();
    side.billing.startPayment(invoiceOf(one, day(1)), Date.now());
    const answer = await side.fetch(path);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('on its way');
  });

  it('says so when Stripe does not answer, and when not all of it could be read', async () => {
    const { path } = await owing();
    side.billing.failNext(1);
    const failed = await side.fetch(path);
    expect(failed.status).toBe(503);
    expect(await failed.text()).toContain('Try again');
    side.billing.cutLists(true);
    expect((await side.fetch(path)).status).toBe(503);
    side.billing.cutLists(false);
  });

  it('is refused when it is forged, cut, signed with another secret or for another purpose', async () => {
    const { known: one, path } = await owing();
    const token = path.slice('/pay/'.length);
    const asked = side.billing.reads.length;
    const approval = { approval: asApprovalId(one.id), approver: 'a', expiresAt: Date.now() + 60_000 };
    const foreign = [
      `${token.slice(0, 30)}${token[30] === 'A' ? 'B' : 'A'}${token.slice(31)}`,
      token.slice(0, -1),
      `${token}AAAA`,
      createPayLinks('another secret, of another installation').sign(one.id),
      signLink(linkSecret, approval),
      'nonsense',
      '%ff',
    ];
    for (const bad of foreign) {
      const answer = await side.fetch(`/pay/${bad}`);
      expect(answer.status).toBe(404);
      expect(await answer.text()).not.toContain(one.ref);
    }
    expect(side.billing.reads).toHaveLength(asked);
  });

  it('does not spend what Stripe allows on whoever opens it over and over', async () => {
    const { path } = await owing();
    const statuses: number[] = [];
    for (let opened = 0; opened < 12; opened += 1) statuses.push((await side.fetch(path)).status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(2);
  });
});

describe('forbear key', () => {
  const run = (...args: string[]) => forbear(['key', ...args], { DATABASE_URL: stack.url });

  it('makes a key that works, shows it once, lists it without, and ends it', async () => {
    const created = await run(
      'create',
      '--name',
      'shop',
      '--scope',
      'access:read',
      '--scope',
      'accounts:read',
      '--json',
    );
    expect(created).toMatchObject({ code: 0 });
    const { key, id } = JSON.parse(created.out) as { key: string; id: string };
    expect(key).toMatch(/^fb_live_/);
    expect((await side.ask(pathOf(known), bearer(key))).status).toBe(200);
    const listed = await run('list');
    expect(listed.out).toContain('shop');
    expect(listed.out).not.toContain(key.slice(16));
    expect(await run('revoke', 'shop')).toMatchObject({ code: 0 });
    await eventually(
      'it opens nothing',
      async () => (await side.ask(pathOf(known), bearer(key))).status === 401,
      5_000,
    );
    expect((await run('list')).out).not.toContain('shop');
    expect((await run('list', '--all')).out).toContain(id);
  });

  it.each([
    [['create', '--name', 'x'], 'scope'],
    [['create', '--name', 'x', '--scope', 'everything'], 'access:read'],
    [['create', '--name', ' ', '--scope', 'access:read'], '--name'],
    [['create', '--name', 'x', '--scope', 'access:read', '--expires', '2020-01-01'], 'over already'],
    [['revoke', 'nobody'], 'forbear key list'],
  ])('says what is wrong with %j', async (args, words) => {
    const { code, err } = await run(...args);
    expect(code).not.toBe(0);
    expect(err).toContain(words);
  });
});
