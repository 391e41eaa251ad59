import { asCustomerId, type AccountId, type CustomerId } from '../domain/ids.js';
import type { Billing } from '../ports/billing.js';
import { PortError } from '../ports/errors.js';
import type { Db, Executor } from '../db/client.js';
import { matchCustomer, nameOf } from '../db/queries/accounts.js';
import { accountOf, lockCustomer } from '../db/queries/customers.js';
import {
  claimPending,
  isInTrouble,
  markRows,
  postpone,
  wasJustSignalled,
  type InboxRow,
} from '../db/queries/inbox.js';
import { classify, strongest } from './classify.js';
import { SignallerUnreachable, type Signaller } from './signaller.js';

export type DispatchDeps = {
  readonly db: Db;
  readonly billing: Pick<Billing, 'readCustomer'>;
  readonly signaller: Signaller;
};

// One claim's worth: small enough that a crash repeats little, large enough that a burst of one account is one signal.
const batchSize = 100;
// A workflow that was just signalled has not said of itself yet that its case is open.
const settlingSeconds = 120;

/**
 * Takes one batch of committed events to the workflows: one signal an account. Returns how many rows were claimed. The
 * rows stay locked until all is marked; a crash in between signals again, which changes nothing.
 */
export async function dispatchBatch({ db, billing, signaller }: DispatchDeps): Promise<number> {
  return db.transaction(async (tx) => {
    const rows = await claimPending(tx, batchSize);
    const byCustomer = groupBy(rows, (row) => row.customer);
    const byAccount = new Map<AccountId, InboxRow[]>();
    const strangers = new Map<CustomerId, InboxRow[]>();
    for (const [customer, ofCustomer] of byCustomer) {
      const account = customer === null ? null : await accountOf(tx, customer);
      if (customer === null) await markRows(tx, seqsOf(ofCustomer), 'ignored', null);
      else if (account === null) strangers.set(asCustomerId(customer), ofCustomer);
      else byAccount.set(account, (byAccount.get(account) ?? []).concat(ofCustomer));
    }
    const reachable = untilUnreachable(signaller);
    for (const [account, ofAccount] of byAccount) {
      await tryOrPostpone(tx, ofAccount, (inner) => tell(inner, reachable, account, ofAccount));
    }
    // Who is known has been told before anybody waits for Stripe's word on who is not.
    const answering = untilUnanswered(billing);
    for (const [customer, ofCustomer] of strangers) {
      await tryOrPostpone(tx, ofCustomer, (inner) =>
        introduce(inner, answering, reachable, customer, ofCustomer),
      );
    }
    return rows.length;
  });
}

const seqsOf = (rows: readonly InboxRow[]) => rows.map((row) => row.seq);

function groupBy<K>(rows: readonly InboxRow[], keyOf: (row: InboxRow) => K): Map<K, InboxRow[]> {
  const groups = new Map<K, InboxRow[]>();
  for (const row of rows) groups.set(keyOf(row), (groups.get(keyOf(row)) ?? []).concat(row));
  return groups;
}

/**
 * `undefined`: it could not be done now, and the rows wait for another try with the reason beside them. The work runs in
 * a savepoint, so that a failed statement spoils nothing but itself.
 */
async function tryOrPostpone<T>(
  tx: Executor,
  rows: readonly InboxRow[],
  work: (inner: Executor) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await tx.transaction(work);
  } catch (error) {
    await postpone(tx, rows, error instanceof Error ? `${error.name}: ${error.message}` : String(error));
    return undefined;
  }
}

/** For one batch: once nobody can be told, the rest waits without a try of its own, lest the rows stay locked for long. */
function untilUnreachable(signaller: Signaller): Signaller {
  let silence: SignallerUnreachable | null = null;
  return {
    async signal(account, signal, hints, named) {
      if (silence !== null) throw silence;
      await signaller.signal(account, signal, hints, named).catch((error: unknown) => {
        if (error instanceof SignallerUnreachable) silence = error;
        throw error;
      });
    },
  };
}

type Directory = Pick<Billing, 'readCustomer'>;

/** The same for asking about customers. */
function untilUnanswered(billing: Directory): Directory {
  let silence: PortError | null = null;
  return {
    async readCustomer(id) {
      if (silence !== null) throw silence;
      return billing.readCustomer(id).catch((error: unknown) => {
        if (error instanceof PortError && error.code === 'BILLING_UNAVAILABLE') silence = error;
        throw error;
      });
    },
  };
}

/** Events of a customer that was unknown a moment ago. */
async function introduce(
  tx: Executor,
  billing: Directory,
  signaller: Signaller,
  customer: CustomerId,
  rows: readonly InboxRow[],
): Promise<void> {
  const account = await match(tx, billing, customer);
  if (account === null) await markRows(tx, seqsOf(rows), 'unmatched', null);
  else await tell(tx, signaller, account, rows);
}

/** The account of a customer: as it was added, or as the customer's metadata names it; `null` when neither knows it. */
async function match(tx: Executor, billing: Directory, customer: CustomerId): Promise<AccountId | null> {
  const known = await accountOf(tx, customer);
  if (known !== null) return known;
  const fact = await billing.readCustomer(customer);
  if (fact !== null && fact.account !== null) return matchCustomer(tx, fact, fact.account);
  // Somebody may just have added it, or be doing so: who comes second sees what the first one did.
  await lockCustomer(tx, customer);
  return accountOf(tx, customer);
}

async function tell(
  tx: Executor,
  signaller: Signaller,
  account: AccountId,
  rows: readonly InboxRow[],
): Promise<void> {
  const news = rows.map((row) => classify(row.type)).filter((n) => n !== null);
  const told = strongest(news);
  const wanted =
    told !== null &&
    (told.opens ||
      (await isInTrouble(tx, account)) ||
      (await wasJustSignalled(tx, account, settlingSeconds)));
  if (!wanted) {
    await markRows(tx, seqsOf(rows), 'settled', account);
    return;
  }
  const hints = rows.map(({ eventId, type }) => ({ eventId, type }));
  await signaller.signal(account, told.signal, hints, await nameOf(tx, account));
  await markRows(tx, seqsOf(rows), 'dispatched', account);
}
