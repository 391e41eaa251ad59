import { and, asc, eq, gt, isNull, sql } from 'drizzle-orm';
import type { CaseFile } from '../../domain/case-file.js';
import type { AccountId } from '../../domain/ids.js';
import type { Db } from '../client.js';
import { accounts, cases } from '../schema.js';

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
  readonly account: AccountId;
  readonly failedAt: Date;
  readonly dueAt: Date | null;
  readonly paidAt: Date | null;
  readonly currency: string;
  readonly amountMinor: number;
};

/** Every invoice whose payment failed since `since`, sorted by account. One that was paid, voided or credited is over then. */
export async function pastInvoices(db: Db, since: Date): Promise<PastInvoice[]> {
  const rows = await db.execute<Record<keyof PastInvoice, string | null>>(sql`
    select account,
           min(created_at) filter (where type in ('invoice.payment_failed', 'invoice.overdue')) as "failedAt",
           min(to_timestamp((payload #>> '{data,object,due_date}')::float8)) as "dueAt",
           min(created_at) filter (where type in ('invoice.paid', 'invoice.payment_succeeded', 'invoice.voided')) as "paidAt",
           min(payload #>> '{data,object,currency}') as "currency",
           max((payload #>> '{data,object,amount_due}')::float8) as "amountMinor"
      from inbox
     where account is not null and invoice is not null and type like 'invoice.%' and created_at >= ${since.toISOString()}
     group by account, invoice
    having min(created_at) filter (where type in ('invoice.payment_failed', 'invoice.overdue')) is not null
     order by account`);
  const date = (text: string | null) => (text === null ? null : new Date(text));
  return rows.flatMap(({ account, failedAt, dueAt, paidAt, currency, amountMinor }) =>
    failedAt === null
      ? []
      : [
          {
            account: account as AccountId,
            failedAt: new Date(failedAt),
            dueAt: date(dueAt),
            paidAt: date(paidAt),
            currency: currency ?? 'usd',
            amountMinor: Number(amountMinor ?? 0),
          },
        ],
  );
}
