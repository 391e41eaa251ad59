import { and, asc, eq, gt, inArray, isNull, sql } from 'drizzle-orm';
import type { CaseFile } from '../../domain/case-file.js';
import type { AccountId, InvoiceId } from '../../domain/ids.js';
import { SECOND_MS } from '../../domain/time.js';
import type { Db } from '../client.js';
import { accounts, cases, inbox } from '../schema.js';
import { unpack } from './inbox.js';

export type OpenCase = { readonly account: AccountId; readonly ref: string; readonly file: CaseFile };

const pageSize = 500;

/** Every open case, or those of one account or stage, page by page. */
export async function* openCases(
  db: Db,
  only: { readonly account?: AccountId; readonly stage?: CaseFile['stage'] } = {},
): AsyncGenerator<OpenCase> {
  for (let after = ''; ;) {
    const page = await db
      .select({ file: cases.file, ref: accounts.ref })
      .from(cases)
      .innerJoin(accounts, eq(accounts.id, cases.account))
      .where(
        and(
          isNull(cases.closedAt),
          only.account === undefined ? undefined : eq(cases.account, only.account),
          only.stage === undefined ? undefined : eq(cases.stage, only.stage),
          after === '' ? undefined : gt(cases.account, after),
        ),
      )
      .orderBy(asc(cases.account))
      .limit(pageSize);
    yield* page.map(({ file, ref }) => ({ account: file.account, ref, file }));
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    after = last.file.account;
  }
}

/** An invoice as the kept events tell of it. Instants are those of Stripe. */
export type PastInvoice = {
  readonly id: InvoiceId;
  readonly account: AccountId;
  readonly failedAt: Date;
  readonly dueAt: Date | null;
  readonly paidAt: Date | null;
  readonly currency: string;
  readonly amountMinor: number;
};

/**
 * Every invoice whose payment failed since `since`, of all accounts or of these, sorted by account. One that was paid, voided
 * or credited is over then.
 */
export async function pastInvoices(
  db: Db,
  since: Date,
  only: readonly AccountId[] | null = null,
): Promise<PastInvoice[]> {
  const theirs = only === null ? sql`account is not null` : inArray(inbox.account, [...only]);
  const rows = await db.execute<PastRow>(sql`
    select account, invoice,
           min(created_at) filter (where type in ('invoice.payment_failed', 'invoice.overdue')) as "failedAt",
           min(created_at) filter (where type in ('invoice.paid', 'invoice.payment_succeeded', 'invoice.voided')) as "paidAt",
           (array_agg(payload order by created_at desc))[1] as payload
      from inbox
     where ${theirs} and invoice is not null and type like 'invoice.%' and created_at >= ${since.toISOString()}
     group by account, invoice
    having min(created_at) filter (where type in ('invoice.payment_failed', 'invoice.overdue')) is not null
     order by account`);
  return rows.map(({ account, invoice, failedAt, paidAt, payload }) => ({
    account,
    id: invoice,
    failedAt: new Date(failedAt),
    paidAt: paidAt === null ? null : new Date(paidAt),
    ...invoiceIn(payload),
  }));
}

type PastRow = {
  readonly account: AccountId;
  readonly invoice: InvoiceId;
  readonly failedAt: string;
  readonly paidAt: string | null;
  readonly payload: Uint8Array;
};

type EventText = {
  readonly data?: {
    readonly object?: { currency?: string; amount_due?: number; due_date?: number | null };
  };
};

/** What the newest event says of its invoice; a thin event says nothing of it. */
function invoiceIn(payload: Uint8Array): Pick<PastInvoice, 'dueAt' | 'currency' | 'amountMinor'> {
  const { data } = JSON.parse(new TextDecoder().decode(unpack(payload))) as EventText;
  const { currency = 'usd', amount_due: amountMinor = 0, due_date: dueAt = null } = data?.object ?? {};
  return { currency, amountMinor, dueAt: dueAt === null ? null : new Date(dueAt * SECOND_MS) };
}
