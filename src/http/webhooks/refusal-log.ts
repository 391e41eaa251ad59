import type { Refusal } from '../../db/queries/refusals.js';
import type { RefusalReason } from '../../ports/billing.js';
import type { Logger } from '../../ports/logger.js';

export type RefusalLogDeps = {
  readonly record: (refusals: readonly Refusal[]) => Promise<void>;
  readonly logger: Logger;
};

export type RefusalLog = {
  /** Notes a refusal, at once and without waiting. `traces` is only called where there is a place for a row of its own. */
  note(reason: RefusalReason, traces: () => Traces): void;
  /** Writes what is noted. */
  flush(): Promise<void>;
  stop(): Promise<void>;
};

export type Traces = Pick<Refusal, 'headerHash' | 'bodyHash' | 'claimedEvent'>;

const flushEveryMs = 1_000;
// Rows of their own: sixty at once, and six a minute for as long as it lasts. What is beyond is counted a minute at a time.
const mostRows = 60;
const flushesPerRow = 10;
const flushesPerCount = 60;

/**
 * Keeps refused deliveries without giving whoever sends them a way to fill the database: the first ones have a row each,
 * the rest only their number. What was noted and not written yet goes with the process, a minute's counts at most.
 */
export function createRefusalLog({ record, logger }: RefusalLogDeps): RefusalLog {
  const counts = new Map<RefusalReason, number>();
  let rows: Refusal[] = [];
  let places = mostRows;
  let flushes = 0;

  const count = (reason: RefusalReason, times: number) =>
    counts.set(reason, (counts.get(reason) ?? 0) + times);

  function takeCounts(): Refusal[] {
    const taken = [...counts].map(([reason, times]) => ({ reason, times, ...noTraces }));
    counts.clear();
    return taken;
  }

  async function write(refusals: readonly Refusal[]): Promise<void> {
    if (refusals.length === 0) return;
    await record(refusals).catch((error: unknown) => {
      logger.error({ error }, 'refused deliveries could not be recorded; their number is kept');
      refusals.forEach(({ reason, times }) => count(reason, times));
    });
  }

  async function flush(): Promise<void> {
    const taken = rows;
    rows = [];
    await write([...taken, ...takeCounts()]);
  }

  const timer = setInterval(() => {
    flushes += 1;
    if (flushes % flushesPerRow === 0) places = Math.min(mostRows, places + 1);
    const taken = rows;
    rows = [];
    void write(flushes % flushesPerCount === 0 ? [...taken, ...takeCounts()] : taken);
  }, flushEveryMs).unref();

  return {
    note(reason, traces) {
      if (places === 0) return void count(reason, 1);
      places -= 1;
      rows.push({ reason, times: 1, ...traces() });
    },
    flush,
    async stop() {
      clearInterval(timer);
      await flush();
    },
  };
}

const noTraces: Traces = { headerHash: null, bodyHash: null, claimedEvent: null };
