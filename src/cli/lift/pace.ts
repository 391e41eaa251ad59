import { SECOND_MS } from '../../domain/time.js';

export type Pace = {
  /** So many are begun in a second, one after the other. */
  readonly perSecond: number;
  /** So many are under way at the same time, at most. */
  readonly atOnce: number;
};

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Works on each of them, at a pace, and resolves once all are over. What fails ends the rest: `work` answers for itself. */
export async function atPace<T>(
  items: readonly T[],
  { perSecond, atOnce }: Pace,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  let nextAt = Date.now();
  for (const item of items) {
    while (underWay.size >= atOnce) await Promise.race(underWay);
    const waitMs = nextAt - Date.now();
    if (waitMs > 0) await sleep(waitMs);
    nextAt = Math.max(nextAt, Date.now()) + SECOND_MS / perSecond;
    const task = work(item).finally(() => underWay.delete(task));
    underWay.add(task);
  }
  await Promise.all(underWay);
}
