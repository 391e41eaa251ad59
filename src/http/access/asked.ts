/** How an account is asked for. `name` is the same however it is written, and is no other account's. */
export type AskedFor = { readonly by: 'id' | 'ref' | 'customer'; readonly name: string };

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const customer = /^cus_\w+$/;
// Longer than any name of an account that somebody still types; it keeps what is remembered of each short.
const longest = 500;
// Postgres can't hold these in a text.
const unstorable = /[\0\p{Surrogate}]/u;
const refMark = 'ref:';

/**
 * What a word in a path asks for: our id (a UUID), a Stripe customer (`cus_…`), `ref:` and the app's own name of the
 * account, or that name alone where it looks like none of the others. `null` when it is empty, too long, or no text for Postgres.
 */
export function askedFor(word: string): AskedFor | null {
  if (word === '' || word.length > longest || unstorable.test(word)) return null;
  if (uuid.test(word)) return { by: 'id', name: word.toLowerCase() };
  if (customer.test(word)) return { by: 'customer', name: word };
  if (word === refMark) return null;
  return { by: 'ref', name: word.startsWith(refMark) ? word : `${refMark}${word}` };
}

/** The app's own name in the name of one that was asked for by it. */
export const refOf = (name: string) => name.slice(refMark.length);

export const refName = (ref: string) => `${refMark}${ref}`;
