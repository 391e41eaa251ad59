import type { Db, Executor } from '../db/client.js';
import {
  claimAlong,
  claimDue,
  claimStrangers,
  markRows,
  postpone,
  prepareClaims,
  type InboxRow,
} from '../db/queries/dispatch.js';
import { SECOND_MS } from '../domain/time.js';
import type { DispatchMeter } from '../ports/meters.js';
import { afterFailure, causeOf } from './backoff.js';
import { classify } from './classify.js';
import { askOwner, introduce, untilUnanswered, type Directory } from './strangers.js';
import { settleQuiet, tell, untilUnreachable } from './tell.js';
import type { Signaller } from './signaller.js';

export type DispatchDeps = {
  readonly db: Db;
  readonly signaller: Signaller;
  readonly meter: DispatchMeter;
  /** At random, from 0 to 1. */
  readonly dice: () => number;
} & Directory;

// One claim's worth: most of it is of accounts in good standing, and is settled at once.
const batchSize = 500;
// Each is a call: few enough that a payment which comes meanwhile waits half a second, and that a crash repeats little.
const mostTold = 100;
// Each is a question to Stripe, which may take its time, and meanwhile nobody else is told.
const strangersSize = 10;
// Longer than the longest call within a transaction: Stripe's client gives up after 20 s.
const longestSilenceMs = 30 * SECOND_MS;

/**
 * Takes one batch of committed events to the workflows: one signal an account. Returns how many due rows were claimed. Who is
 * known is told before anybody waits for Stripe's word on who is not.
 */
export async function dispatchBatch(deps: DispatchDeps): Promise<number> {
  const known = await inBatch(deps, tellKnown);
  return known === batchSize ? known : known + (await inBatch(deps, askAboutStrangers));
}

type Work = (tx: Executor, deps: DispatchDeps) => Promise<number>;

/**
 * The rows stay locked until all is marked; a crash in between frees them and they are told again, which changes nothing.
 * What becomes of them is counted once it is committed.
 */
async function inBatch(deps: DispatchDeps, work: Work): Promise<number> {
  const counts: (() => void)[] = [];
  const meter: DispatchMeter = {
    dispatched: (...counted) => counts.push(() => deps.meter.dispatched(...counted)),
    postponed: (...counted) => counts.push(() => deps.meter.postponed(...counted)),
    dead: (...counted) => counts.push(() => deps.meter.dead(...counted)),
  };
  const claimed = await deps.db.transaction(async (tx) => {
    await prepareClaims(tx, longestSilenceMs);
    return work(tx, { ...deps, meter });
  });
  counts.forEach((count) => count());
  return claimed;
}

async function tellKnown(tx: Executor, { signaller, ...deps }: DispatchDeps): Promise<number> {
  const due = await claimDue(tx, batchSize);
  // What is left out is free again with the commit, and is the first of the next batch.
  const loud = (await settleQuiet(tx, deps.meter, due)).slice(0, mostTold);
  const along = groupBy(await claimAlong(tx, loud), ({ account }) => account);
  const telling = { ...deps, signaller: untilUnreachable(signaller) };
  for (const [account, rows] of groupBy(loud, (row) => row.account)) {
    const news = { due: rows, along: along.get(account) ?? [] };
    await tryOrPostpone(tx, telling, rows, (inner) => tell(inner, telling, account, news));
  }
  return due.length;
}

async function askAboutStrangers(tx: Executor, deps: DispatchDeps): Promise<number> {
  const rows = await claimStrangers(tx, strangersSize);
  const asking = { ...deps, ...untilUnanswered(deps), signaller: untilUnreachable(deps.signaller) };
  for (const [customer, ofCustomer] of groupBy(rows, (row) => row.customer)) {
    if (customer === null) continue;
    await tryOrPostpone(tx, deps, ofCustomer, (inner) => introduce(inner, asking, customer, ofCustomer));
  }
  const nameless = rows.filter(({ customer }) => customer === null);
  for (const [related, ofObject] of groupBy(nameless, ({ related, type }) =>
    classify(type) === null ? null : related,
  )) {
    if (related !== null)
      await tryOrPostpone(tx, deps, ofObject, (inner) => askOwner(inner, asking, related, ofObject));
    else {
      await markRows(tx, ofObject, 'ignored', null);
      deps.meter.dispatched('ignored', ofObject.length);
    }
  }
  return rows.length;
}

function groupBy<Row, K>(rows: readonly Row[], keyOf: (row: Row) => K): Map<K, Row[]> {
  const groups = new Map<K, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}

/**
 * What could not be done now waits for another try with the reason beside it, or is given up. The work runs in a savepoint,
 * so that a failed statement spoils nothing but itself.
 */
async function tryOrPostpone(
  tx: Executor,
  { meter, dice }: Pick<DispatchDeps, 'meter' | 'dice'>,
  rows: readonly InboxRow[],
  work: (inner: Executor) => Promise<void>,
): Promise<void> {
  try {
    await tx.transaction(work);
  } catch (error) {
    const told = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    for (const [attempts, alike] of groupBy(rows, (row) => row.attempts)) {
      const retry = afterFailure(attempts, causeOf(error), dice());
      await postpone(tx, alike, { ...retry, error: told });
      if (retry.waitMs === null) meter.dead(alike.length);
      else meter.postponed('failed', alike.length);
    }
  }
}
