import type Stripe from 'stripe';
import { SECOND_MS, type Instant } from '../../domain/time.js';
import { asking } from './client.js';

// More than any account we know of; beyond it the standing is called incomplete, which holds, rather than cut short.
const mostRows = 2_000;

export type Rows<T> = { readonly rows: readonly T[]; readonly complete: boolean };

/** A list to its last page; `complete` is false where it was longer than anything we know how to believe. */
export async function listAll<T>(what: string, list: () => Stripe.ApiListPromise<T>): Promise<Rows<T>> {
  return asking(`listing ${what}`, async () => {
    const rows: T[] = [];
    for await (const row of list()) {
      if (rows.length === mostRows) return { rows, complete: false };
      rows.push(row);
    }
    return { rows, complete: true };
  });
}

/** The id behind a field that holds an id, or the whole object when it was expanded. */
export function idOf(reference: string | { readonly id: string } | null | undefined): string | null {
  if (reference === null || reference === undefined) return null;
  return typeof reference === 'string' ? reference : reference.id;
}

/** Stripe's timestamps are whole seconds. */
export const toInstant = (seconds: number | null): Instant | null =>
  seconds === null ? null : seconds * SECOND_MS;
