import type { Executor } from '../db/client.js';
import { nameOf } from '../db/queries/accounts.js';
import {
  isInTrouble,
  markRows,
  aloneTelling,
  putOff,
  quietAmong,
  settleRows,
  sinceSignalled,
  type InboxRow,
  type OwnedRow,
} from '../db/queries/dispatch.js';
import type { AccountId } from '../domain/ids.js';
import { SECOND_MS } from '../domain/time.js';
import type { DispatchMeter } from '../ports/meters.js';
import { classify, strongest, type News } from './classify.js';
import { SignallerUnreachable, type Signaller } from './signaller.js';

export type TellDeps = { readonly signaller: Signaller; readonly meter: DispatchMeter };

/** What waits of one account. `along`: not due yet, but told with the rest. */
export type Waiting = { readonly due: readonly InboxRow[]; readonly along: readonly InboxRow[] };

// A workflow that was just signalled has not said of itself yet that its case is open.
const settlingMs = 120 * SECOND_MS;
// What comes in a burst is one signal. Only a payment doesn't wait: it stops a pause that is running.
const apartMs = 2 * SECOND_MS;

/** Signals the account's workflow, unless it is in good standing and the news can't change that, or was told just now. */
export async function tell(
  tx: Executor,
  { signaller, meter }: TellDeps,
  account: AccountId,
  { due, along }: Waiting,
): Promise<void> {
  const rows = [...due, ...along].sort((a, b) => a.seq - b.seq);
  const told = strongest(rows.map((row) => classify(row.type)).filter((n) => n !== null));
  const waitMs = told === null ? null : await waitFor(tx, account, told);
  if (told === null || waitMs === null) {
    await markRows(tx, rows, 'settled', account);
    meter.dispatched('settled', rows.length);
  } else if (waitMs > 0) {
    await putOff(tx, due, waitMs);
    meter.postponed('coalesced', due.length);
  } else {
    const hints = rows.map(({ eventId, type }) => ({ eventId, type }));
    await signaller.signal(account, told.signal, hints, await nameOf(tx, account));
    await markRows(tx, rows, 'dispatched', account);
    meter.dispatched('signalled', rows.length);
  }
}

/**
 * Settles what accounts in good standing need not hear, all of it in three statements: on the first of a month it is nearly
 * everything. Returns what is left to be told one by one.
 */
export async function settleQuiet(
  tx: Executor,
  meter: DispatchMeter,
  rows: readonly OwnedRow[],
): Promise<OwnedRow[]> {
  const opening = new Set(
    rows.filter(({ type }) => classify(type)?.opens === true).map(({ account }) => account),
  );
  const mild = [...new Set(rows.map(({ account }) => account))].filter((account) => !opening.has(account));
  if (mild.length === 0) return [...rows];
  // Asked behind the lock, so that what another dispatcher has told is seen.
  const quiet = new Set(await quietAmong(tx, await aloneTelling(tx, mild), settlingMs));
  const settled = rows.filter(({ account }) => quiet.has(account));
  await settleRows(tx, settled);
  if (settled.length > 0) meter.dispatched('settled', settled.length);
  return rows.filter(({ account }) => !quiet.has(account));
}

/** How long the news waits; `null`: nobody has to hear it. */
async function waitFor(tx: Executor, account: AccountId, { signal, opens }: News): Promise<number | null> {
  const isAlone = (await aloneTelling(tx, [account])).length > 0;
  // Asked behind the lock, so that what another dispatcher has told is seen.
  const agoMs = await sinceSignalled(tx, account, settlingMs);
  const isNews = opens || agoMs !== null || (await isInTrouble(tx, account));
  // Another dispatcher may be telling it that it is in trouble: nobody knows until that is done.
  if (!isNews) return isAlone ? null : apartMs;
  if (signal === 'paymentSucceeded') return 0;
  return isAlone ? Math.max(0, Math.ceil(apartMs - (agoMs ?? apartMs))) : apartMs;
}

/** For one batch: once nobody can be told, the rest waits without a try of its own, lest the rows stay locked for long. */
export function untilUnreachable(signaller: Signaller): Signaller {
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
