/**
 * The operator's timetable, with every duration in milliseconds. What each field means to the operator stands in
 * `docs/policy.md`; `src/policy` reads it from YAML and refuses contradictions.
 */
export type Policy = {
  readonly name: string;
  /** How long Stripe itself goes on retrying a failed payment; its API does not tell, so the operator declares it. */
  readonly retryWindowMs: number;
  /** When each reminder is due, counted from the day the oldest unpaid invoice became overdue; ascending. */
  readonly reminders: readonly { readonly afterMs: number }[];
  /** When resources are scaled to 0 and locked; `null` for a policy that only reminds. */
  readonly pause: { readonly afterMs: number; readonly leadMs: number } | null;
  /** Least time between two steps, counted from the execution of the earlier one. */
  readonly dwellMs: number;
  /** However many invoices follow each other, no step is put off for longer than this after the first one's day. */
  readonly longestEpisodeMs: number;
  /** The longest that one grace extension may be. */
  readonly longestExtensionMs: number;
  /** Per currency: what is owed must be more than this to count. A currency that is not named has 0. */
  readonly thresholdsMinor: Readonly<Record<string, number>>;
  /** Whom the customer can write to; stands in every notice. */
  readonly contact: string;
  /** Second look at Stripe after something was taken away. */
  readonly recheckMs: number;
  /** How long a held effect waits before it asks again. */
  readonly holdRetryMs: number;
};
