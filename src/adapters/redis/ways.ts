/** By which keys the sessions of an account are found. `{ref}` and `{ref:uri}` stand for the account. */
export type RedisWay =
  /** A set per account that the app keeps; each member put into `{id}` of `session` is the key of a session. */
  | { readonly by: 'index'; readonly index: string; readonly session: string }
  /** Keys that are known without looking, because an account has one of each. */
  | { readonly by: 'keys'; readonly keys: readonly string[] }
  /** Our own key: sessions issued at or before the instant in it, in milliseconds, count for nothing. */
  | { readonly by: 'epoch'; readonly epoch: string; readonly longestSessionDays?: number | undefined }
  /** Whatever key fits the pattern: reads every key that Redis holds, for each account. */
  | { readonly by: 'scan'; readonly match: string };
