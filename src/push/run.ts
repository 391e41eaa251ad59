import type { Db } from '../db/client.js';
import { dropDeliveries } from '../db/queries/deliveries.js';
import { emptyOutbox, type Compose } from '../db/queries/outbox.js';
import { DAY_MS, HOUR_MS } from '../domain/time.js';
import type { Logger } from '../ports/logger.js';
import type { Courier } from './courier.js';

export type PushDeps = {
  readonly db: Db;
  readonly courier: Courier;
  readonly compose: Compose;
  readonly logger: Logger;
  /** Calls `wake` whenever an answer may have changed. */
  readonly listen: (wake: () => void) => void;
};

export type Push = { stop(): Promise<void> };

// What brings deliveries back whose time has come, and the fallback when a notification is lost.
const pollEveryMs = 1_000;
const tidyEveryMs = HOUR_MS;
const keptMs = 30 * DAY_MS;

/** Tells the app's endpoints of changes until stopped: woken by the database, looking besides. */
export function runPush({ db, courier, compose, logger, listen }: PushDeps): Push {
  let isStopped = false;
  let isWoken = false;
  let wake = () => undefined as void;
  const rouse = () => {
    isWoken = true;
    wake();
  };

  const turn = async () => {
    isWoken = false;
    while ((await emptyOutbox(db, compose)) > 0 && !isStopped);
    await courier.sendDue(rouse);
  };
  const loop = async (): Promise<void> => {
    while (!isStopped) {
      const woken = new Promise<void>((resolve) => (wake = resolve));
      await turn().catch((error: unknown) => {
        logger.error({ error }, 'changes could not be pushed; they are kept and tried again');
      });
      if (!isWoken) await Promise.race([woken, pause(pollEveryMs)]);
    }
  };
  const tidy = () =>
    void dropDeliveries(db, keptMs).catch((error: unknown) => {
      logger.warn({ error }, 'old deliveries could not be dropped; tried again in an hour');
    });

  listen(rouse);
  const running = loop();
  const tidying = setInterval(tidy, tidyEveryMs);
  return {
    async stop() {
      isStopped = true;
      clearInterval(tidying);
      wake();
      await running;
      await courier.stop();
    },
  };
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref());
