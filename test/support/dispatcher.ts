import type { Db } from '../../src/db/client.js';
import { inbox } from '../../src/db/schema.js';
import type { DispatchDeps } from '../../src/dispatcher/dispatch.js';
import type { Signaller } from '../../src/dispatcher/signaller.js';
import type { AccountId } from '../../src/domain/ids.js';
import { noDispatchMeter, type DispatchMeter } from '../../src/ports/meters.js';
import { newId } from './stack-events.js';

/** A dispatcher that counts nothing, waits without chance, and asks nobody about thin events, unless told otherwise. */
export function dispatching(
  db: Db,
  changes: Pick<DispatchDeps, 'billing' | 'signaller'> & Partial<DispatchDeps>,
): DispatchDeps {
  return {
    db,
    events: { customerOf: () => Promise.reject(new Error('nobody was to be asked')) },
    meter: noDispatchMeter,
    dice: () => 1,
    ...changes,
  };
}

export type Sent = { readonly customer: string | null; readonly type?: string; readonly related?: string };

/** Puts events into the inbox as the intake does; returns their ids. */
export async function arrive(db: Db, events: readonly Sent[]): Promise<string[]> {
  const values = events.map(({ customer, type = 'invoice.payment_failed', related = null }) => ({
    eventId: newId('evt'),
    type,
    customer,
    related,
    livemode: false,
    createdAt: new Date(),
    payload: Buffer.from('{}'),
    state: 'pending' as const,
  }));
  await db.insert(inbox).values(values);
  return values.map(({ eventId }) => eventId);
}

export type Told = {
  readonly account: AccountId;
  readonly signal: string;
  readonly events: readonly string[];
  readonly at: number;
};

/** Notes what it is asked to tell, and takes its time, so that two dispatchers get in each other's way. */
export function recorder(takesMs = 0): Signaller & { readonly told: Told[] } {
  const told: Told[] = [];
  return {
    told,
    async signal(account, signal, hints) {
      await new Promise((resolve) => setTimeout(resolve, takesMs));
      told.push({ account, signal, events: hints.map(({ eventId }) => eventId), at: Date.now() });
    },
  };
}

/** Adds up what is counted, by what it is. */
export function tally(): DispatchMeter & { readonly counts: Readonly<Record<string, number>> } {
  const counts: Record<string, number> = {};
  const add = (what: string, events: number) => {
    counts[what] = (counts[what] ?? 0) + events;
  };
  return {
    counts,
    dispatched: add,
    postponed: add,
    dead: (events) => add('dead', events),
  };
}
