import { and, asc, eq, gt, gte, inArray, isNull, lt, or, sql } from 'drizzle-orm';
import type { CaseFile } from '../../domain/case-file.js';
import { asInvoiceId, type AccountId } from '../../domain/ids.js';
import type { RealInvoice } from '../../preview/trial.js';
import type { Word } from '../../preview/words.js';
import type { Db } from '../client.js';
import { accounts, auditLog, auditWords, cases, grants } from '../schema.js';
import { spokenBody } from '../words.js';
import { pastInvoices } from './impact.js';

/** A case of a span, with what the database knows beside it. */
export type KeptCase = {
  readonly ref: string;
  readonly file: CaseFile;
  readonly invoices: readonly RealInvoice[];
  readonly words: readonly Word[];
};

const pageSize = 500;

/** Every case that was open at some time of the span, page by page. */
export async function* casesWithin(db: Db, span: { readonly since: Date; readonly until: Date }) {
  for (let after: string | null = null; ;) {
    const page: { readonly file: CaseFile; readonly ref: string; readonly id: string }[] = await db
      .select({ file: cases.file, ref: accounts.ref, id: cases.id })
      .from(cases)
      .innerJoin(accounts, eq(accounts.id, cases.account))
      .where(
        and(
          lt(cases.openedAt, span.until),
          or(isNull(cases.closedAt), gte(cases.closedAt, span.since)),
          after === null ? undefined : gt(cases.id, after),
        ),
      )
      .orderBy(asc(cases.id))
      .limit(pageSize);
    const besides = await readBesides(db, [...new Set(page.map(({ file }) => file.account))]);
    for (const { file, ref } of page) yield { ref, file, ...besides(file.account) } satisfies KeptCase;
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    after = last.id;
  }
}

/** What stands beside the cases of these accounts. */
async function readBesides(db: Db, of: readonly AccountId[]) {
  const invoices = new Map<string, RealInvoice[]>();
  const words = new Map<string, Word[]>();
  const add = <T>(to: Map<string, T[]>, account: string, one: T) =>
    to.set(account, [...(to.get(account) ?? []), one]);
  if (of.length > 0) {
    for (const { account, ...invoice } of await pastInvoices(db, new Date(0), of))
      add(invoices, account, {
        ...invoice,
        dueAt: invoice.dueAt?.getTime() ?? null,
        failedAt: invoice.failedAt.getTime(),
        paidAt: invoice.paidAt?.getTime() ?? null,
      });
    for (const { account, word } of await ordersOf(db, of)) add(words, account, word);
    for (const { account, word } of await grantsOf(db, of)) add(words, account, word);
  }
  return (account: AccountId) => ({
    invoices: invoices.get(account) ?? [],
    words: words.get(account) ?? [],
  });
}

type Said = { readonly account: string; readonly word: Word };

async function ordersOf(db: Db, of: readonly AccountId[]): Promise<Said[]> {
  const rows = await db
    .select({ account: auditLog.account, body: auditLog.body, words: auditWords.words, at: auditLog.at })
    .from(auditLog)
    .leftJoin(auditWords, sql`${auditWords.id}::text = ${auditLog.body} ->> 'words'`)
    .where(and(inArray(auditLog.account, [...of]), eq(auditLog.kind, 'order')))
    .orderBy(asc(auditLog.seq));
  return rows.flatMap(({ account, at, ...row }) => {
    const word = wordOf(spokenBody(row) as OrderBody, at.getTime());
    return word === null ? [] : [{ account, word }];
  });
}

type OrderBody = { readonly kind: string; readonly text?: string };

const forgiving = 'forgiven: ';

/** What an order says, as it was written down; `null` for one that has nothing to do with taking or sparing. */
function wordOf({ kind, text = '' }: OrderBody, at: number): Word | null {
  switch (kind) {
    case 'restrict':
      return { kind: 'restricted', at };
    case 'extendGrace':
      return { kind: 'extended', at };
    case 'promise':
      return { kind: 'agreed', at };
    case 'exempt':
      if (text.startsWith(forgiving)) {
        const invoices = text.slice(forgiving.length).split(', ').map(asInvoiceId);
        return { kind: 'forgave', at, invoices };
      }
      return text.startsWith('exempt ') ? { kind: 'exempted', at } : null;
    default:
      return null;
  }
}

async function grantsOf(db: Db, of: readonly AccountId[]): Promise<Said[]> {
  const rows = await db
    .select()
    .from(grants)
    .where(inArray(grants.account, [...of]))
    .orderBy(asc(grants.from));
  return rows.map(({ account, from, until, endedAt }) => {
    const ends = [until, endedAt].map((end) => end?.getTime() ?? Infinity);
    return { account, word: { kind: 'granted', at: from.getTime(), until: Math.min(...ends) } };
  });
}
