import { within } from '../within.js';

type SharedReadOptions<T> = {
  readonly read: () => Promise<T>;
  /** How long what was read serves whoever asks next. */
  readonly keepMs: number;
  /** Whoever has waited so long is told that there is no answer. */
  readonly patienceMs: number;
  readonly nowMs: () => number;
};

/** One read at a time, however many ask; also while one hangs, no other begins. Rejects when there was no answer in time. */
export function sharedRead<T>({ read, keepMs, patienceMs, nowMs }: SharedReadOptions<T>): () => Promise<T> {
  let reading: Promise<T> | null = null;
  let kept: { readonly value: T; readonly until: number } | null = null;

  async function start(): Promise<T> {
    try {
      const value = await read();
      kept = { value, until: nowMs() + keepMs };
      return value;
    } finally {
      reading = null;
    }
  }

  return async () => {
    if (kept !== null && nowMs() < kept.until) return kept.value;
    reading ??= start();
    return within(patienceMs, reading);
  };
}
