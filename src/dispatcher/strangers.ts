import type { Executor } from '../db/client.js';
import { matchCustomer } from '../db/queries/accounts.js';
import { accountOf, lockCustomer } from '../db/queries/customers.js';
import { claimAlong, markRows, nameCustomer, type InboxRow } from '../db/queries/dispatch.js';
import { asCustomerId, type AccountId, type CustomerId } from '../domain/ids.js';
import type { Billing } from '../ports/billing.js';
import { PortError } from '../ports/errors.js';
import type { BillingEvents } from '../ports/events.js';
import { tell, type TellDeps } from './tell.js';

/** Whom the provider is asked about whom. */
export type Directory = {
  readonly billing: Pick<Billing, 'readCustomer'>;
  readonly events: Pick<BillingEvents, 'customerOf'>;
};

/** For one batch: once the provider does not answer, nobody asks on, lest the rows stay locked for long. */
export function untilUnanswered({ billing, events }: Directory): Directory {
  let silence: PortError | null = null;
  const once = async <T>(ask: () => Promise<T>): Promise<T> => {
    if (silence !== null) throw silence;
    return ask().catch((error: unknown) => {
      if (error instanceof PortError && error.code === 'BILLING_UNAVAILABLE') silence = error;
      throw error;
    });
  };
  return {
    billing: { readCustomer: (id) => once(() => billing.readCustomer(id)) },
    events: { customerOf: (related) => once(() => events.customerOf(related)) },
  };
}

/** Events of a customer that was unknown a moment ago. */
export async function introduce(
  tx: Executor,
  deps: Directory & TellDeps,
  customer: string,
  rows: readonly InboxRow[],
): Promise<void> {
  const account = await match(tx, deps, asCustomerId(customer));
  if (account === null) {
    await markRows(tx, rows, 'unmatched', null);
    deps.meter.dispatched('unmatched', rows.length);
    return;
  }
  // What came before the account was known has just become its own, too.
  const along = await claimAlong(
    tx,
    rows.map((row) => ({ ...row, account })),
  );
  await tell(tx, deps, account, { due: rows, along });
}

/** The account of a customer: as it was added, or as the customer's metadata names it; `null` when neither knows it. */
async function match(tx: Executor, { billing }: Directory, customer: CustomerId): Promise<AccountId | null> {
  const known = await accountOf(tx, customer);
  if (known !== null) return known;
  const fact = await billing.readCustomer(customer);
  if (fact !== null && fact.account !== null) return matchCustomer(tx, fact, fact.account);
  // Somebody may just have added it, or be doing so: who comes second sees what the first one did.
  await lockCustomer(tx, customer);
  return accountOf(tx, customer);
}

/** Thin events name their object only. Once its customer is known, they are events of his like any other. */
export async function askOwner(
  tx: Executor,
  { events, meter }: Directory & TellDeps,
  related: string,
  rows: readonly InboxRow[],
): Promise<void> {
  const customer = await events.customerOf(related);
  if (customer !== null) return nameCustomer(tx, rows, customer);
  await markRows(tx, rows, 'ignored', null);
  meter.dispatched('ignored', rows.length);
}
