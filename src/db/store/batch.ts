import type { Arrival } from '../queries/inbox.js';

/** Arrivals on their way to the thread. What is small goes as one text: that is cheaper than to clone each. */
export type Batch = {
  readonly columns: string;
  /** The payloads, end to end; theirs is the memory, and the sender's no more. */
  readonly payloads: Uint8Array<ArrayBuffer>;
  readonly sizes: readonly number[];
};

/** What became of a batch. `isAboutData`: what one of its rows holds was refused, and the others may succeed without. */
export type Answer =
  | { readonly stored: true; readonly duplicates: readonly boolean[] }
  | { readonly stored: false; readonly reason: string; readonly isAboutData: boolean };

export function batchOf(arrivals: readonly Arrival[]): Batch {
  const sizes = arrivals.map(({ payload }) => payload.length);
  const payloads = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  let at = 0;
  for (const { payload } of arrivals) {
    payloads.set(payload, at);
    at += payload.length;
  }
  const columns = arrivals.map(({ event, state, source, secret }) => ({ event, state, source, secret }));
  return { columns: JSON.stringify(columns), payloads, sizes };
}

export function arrivalsOf({ columns, payloads, sizes }: Batch): Arrival[] {
  let at = 0;
  return (JSON.parse(columns) as Omit<Arrival, 'payload'>[]).map((columns, n) => {
    const payload = payloads.subarray(at, (at += sizes[n] ?? 0));
    return { ...columns, payload };
  });
}
