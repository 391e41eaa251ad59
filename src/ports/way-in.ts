/**
 * What came of trying the way in: `open`: it leads to an intake with our secret · `other_secret`: to an intake that has
 * another one · `elsewhere`: something else answers, with this HTTP status · `unreachable`: nothing answers.
 */
export type WayIn =
  | { readonly is: 'open' | 'other_secret' }
  | { readonly is: 'elsewhere'; readonly status: number }
  | { readonly is: 'unreachable'; readonly reason: string };

/** Tries whether what Stripe sends to this address would come to us. Can be repeated, leaves no trace, and never throws. */
export type TryWayIn = (url: string) => Promise<WayIn>;
