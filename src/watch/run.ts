import type { Lock } from '../db/lock.js';
import { MINUTE_MS, SECOND_MS } from '../domain/time.js';
import { goRound, type RoundDeps } from './round.js';
import { createSteady } from './steady.js';

export type Watch = {
  /** Begins to watch, once: what it looks at should be there by then. */
  start(): void;
  /** Has it look at once, unless it just did. */
  wake(): void;
  stop(): Promise<void>;
};

type WatchDeps = Omit<RoundDeps, 'startedAt' | 'steady' | 'isStopped'> & {
  /** Only the process that holds it watches. */
  readonly lock: Lock;
  /** How often it looks while all is well. */
  readonly everyMs: number;
};

// While something is wrong, so that its end is told soon, and what is missing comes soon.
const longestAgainMs = MINUTE_MS;
// Another process has it; when that one ends, one of the others takes over.
const longestLockMs = 30 * SECOND_MS;
// Whoever wakes it does so for what a single round settles.
const longestRestMs = 10 * SECOND_MS;

/** The watch over the intake: at once, every `everyMs`, and every minute while something is wrong. */
export function createWatch({ lock, everyMs, ...deps }: WatchDeps): Watch {
  const againMs = Math.min(everyMs, longestAgainMs);
  const restMs = Math.min(everyMs, longestRestMs);
  let isStopped = false;
  const steady = createSteady(againMs);
  const round = { ...deps, startedAt: deps.nowMs(), steady, isStopped: () => isStopped };
  let wake = () => undefined as void;

  async function turn(): Promise<number> {
    if (!(await lock.tryHold())) return Math.min(everyMs, longestLockMs);
    return (await goRound(round)) ? everyMs : againMs;
  }

  async function loop(): Promise<void> {
    while (!isStopped) {
      const woken = new Promise<void>((resolve) => (wake = resolve));
      const waitMs = await turn().catch((error: unknown) => {
        deps.logger.error({ error }, 'a round of the watch failed; it is tried again in a minute');
        return againMs;
      });
      if (isStopped) return;
      await pause(restMs, stopped);
      await Promise.race([woken, pause(waitMs - restMs, stopped)]);
    }
  }

  let stopNow = () => undefined as void;
  const stopped = new Promise<void>((resolve) => (stopNow = resolve));
  let running = Promise.resolve();
  return {
    start: () => void (running = loop()),
    wake: () => wake(),
    async stop() {
      isStopped = true;
      stopNow();
      await running;
      await lock.close();
    },
  };
}

/** Until the time is over, or somebody has stopped it. */
async function pause(ms: number, stopped: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, Math.max(0, ms))));
  await Promise.race([over, stopped]);
  clearTimeout(timer);
}
