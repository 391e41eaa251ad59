import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgresCases } from '../../src/db/queries/cases.js';
import { access, accounts } from '../../src/db/schema.js';
import { asApprovalId, asCustomerId, asInvoiceId } from '../../src/domain/ids.js';
import { signLink } from '../../src/guard/approval-link.js';
import { createPayLinks } from '../../src/guard/pay-link.js';
import { accountShape } from '../../src/http/routes/shapes.js';
import { anAccount, linkSecret, startApiSide, type ApiSide, type Known } from '../support/access-api.js';
import { newCaseId } from '../support/claims-case.js';
import { day, openCase } from '../support/facts.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

let stack: TestDatabase;
let side: ApiSide;
let known: Known;

beforeAll(async () => {
  stack = await startDatabase('access-accounts');
  side = await startApiSide(stack);
  known = await anAccount(stack);
});
afterAll(async () => {
  await side.stop();
  await stack.end();
});

const db = () => stack.database.db;

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
