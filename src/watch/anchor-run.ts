import type { Lock } from '../db/lock.js';
import { MINUTE_MS, SECOND_MS } from '../domain/time.js';
import { AnchorConflict } from '../ports/anchors.js';
import type { Alert } from '../ports/alerts.js';
import { deepestReason } from '../ports/errors.js';
import type { Logger } from '../ports/logger.js';
import type { Alerting } from './alerting.js';
import { anchorAll, type AnchoringDeps } from './anchoring.js';

export type Anchoring = { start(): void; stop(): Promise<void> };

type Deps = Omit<AnchoringDeps, 'wait' | 'isHeld'> & {
  /** Only the process that holds it anchors. */
  readonly lock: Lock;
  readonly everyMs: number;
  readonly alerting: Pick<Alerting, 'raise' | 'settle'>;
  readonly logger: Logger;
};

// While anchoring fails, and while another process has the lock.
const longestAgainMs = MINUTE_MS;
const lockMs = 30 * SECOND_MS;
const alertKey = 'anchor_failed';

/** Anchors the audit log, at once and then every `everyMs`. What fails is told, and nothing else waits for it. */
export function runAnchoring({ lock, everyMs, alerting, logger, ...deps }: Deps): Anchoring {
  const stopping = new AbortController();
  const { signal } = stopping;
  const wait = (ms: number) => pause(ms, signal);
  const round = { ...deps, wait, isHeld: async () => !signal.aborted && (await lock.tryHold()) };

  async function turn(): Promise<number> {
    if (!(await lock.tryHold())) return Math.min(everyMs, lockMs);
    const anchors = await anchorAll(round);
    if (anchors > 0) logger.info({ anchors }, 'the audit log was anchored');
    await alerting.settle([], [alertKey]);
    return everyMs;
  }

  async function fail(error: unknown): Promise<number> {
    if (signal.aborted) return 0;
    logger.error({ error }, 'the audit log could not be anchored; it is tried again in a minute');
    await alerting.raise(alertOf(error)).catch((cause: unknown) => {
      logger.error({ error: cause }, 'that the audit log could not be anchored was told to nobody');
    });
    return Math.min(everyMs, longestAgainMs);
  }

  async function loop(): Promise<void> {
    while (!signal.aborted) await wait(await turn().catch(fail));
  }

  let running = Promise.resolve();
  return {
    start: () => void (running = loop()),
    async stop() {
      stopping.abort();
      await running;
      await lock.close();
    },
  };
}

function alertOf(error: unknown): Alert {
  if (error instanceof AnchorConflict)
    return {
      key: alertKey,
      severity: 'page',
      title: 'The anchors of the audit log do not fit the database',
      text: `${error.message}. The database was restored from a backup, or somebody has removed or rewritten anchors.`,
      remedy: 'Run `forbear audit-log verify`, and go on as docs/audit-log.md says.',
    };
  const what = error instanceof Error ? error.message : String(error);
  return {
    key: alertKey,
    severity: 'warning',
    title: 'The audit log is not anchored',
    text: `${what} (${deepestReason(error)}). What is written until it is anchored could be rewritten unseen.`,
    remedy: 'See that the file of anchors can be written, and that the bucket answers.',
  };
}

/** Until the time is over, or somebody has stopped it. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    }
  });
}
