import type { Db } from '../db/client.js';
import { keepOpen, readTellable, resolveAlerts, tellingAlert } from '../db/queries/alerts.js';
import { SECOND_MS } from '../domain/time.js';
import { within } from '../within.js';
import type { Alert, AlertChannel, AlertNews } from '../ports/alerts.js';
import type { Logger } from '../ports/logger.js';
import { afterTelling, channelsToTell, newsOf } from './telling.js';

export type AlertingDeps = {
  readonly db: Db;
  readonly channels: readonly AlertChannel[];
  readonly logger: Logger;
  /** How long a channel may take. 10 s unless told. */
  readonly timeoutMs?: number;
};

export type Alerting = {
  /**
   * Opens an alert and tells it at once; an open one of its key is kept, with the newest words. Safe to repeat, and cheap.
   * Rejects when the database is away: then nobody was told.
   */
  raise(alert: Alert): Promise<void>;
  /**
   * Takes over what a round of the watch found: `found` are open, and what is in `looked` and was not found is over. `looked` names
   * what could be looked at, found or not: `endpoint_failing` covers the key of that name and each `endpoint_failing:…`.
   * What could not be looked at stays as it is, and so does what was raised after `begunAt`, when the round began by the
   * database's clock: the round may have looked before. Then whatever is to be told is told, also what a channel did not take before.
   * Resolves to whether everybody has taken what he is to be told.
   */
  settle(found: readonly Alert[], looked: readonly string[], begunAt?: Date): Promise<boolean>;
};

// Each holds a connection to the database for as long as its slowest channel takes.
const toldAtOnce = 4;

/** Tells people what they have to know, once over all processes, from its beginning to its end. */
export function createAlerting({ db, channels, logger, timeoutMs = 10 * SECOND_MS }: AlertingDeps): Alerting {
  const raising = new Map<string, Promise<void>>();

  async function open(alert: Alert): Promise<void> {
    const { id, isUntold } = await keepOpen(db, alert);
    if (isUntold) await tell(id);
  }

  /** The alerts of which somebody is still to be told something. */
  async function readDue() {
    const { rows, now } = await readTellable(db);
    return rows.filter((row) => channelsToTell(row, channels, now.getTime()).length > 0);
  }

  /** Tells what is to be told of one alert, to whom it is to be told. */
  async function tell(id: number): Promise<void> {
    await tellingAlert(db, id, async (row, now) => {
      const news = newsOf(row, now.getTime());
      const due = channelsToTell(row, channels, now.getTime());
      const took = await Promise.all(due.map((channel) => isTaken(channel, news)));
      const names = due.filter((_, index) => took[index]).map(({ name }) => name);
      return afterTelling(row, names, now.getTime());
    });
  }

  async function isTaken(channel: AlertChannel, news: AlertNews): Promise<boolean> {
    try {
      await within(timeoutMs, channel.tell(news));
      return true;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      logger.warn({ alert: news.key, channel: channel.name, why }, 'a channel did not take an alert');
      return false;
    }
  }

  return {
    async raise(alert) {
      // Thousands of deliveries may be wrong in the same way at once: one connection to the database is enough for them.
      const word = `${alert.severity} ${alert.key}`;
      const work = raising.get(word) ?? open(alert).finally(() => raising.delete(word));
      raising.set(word, work);
      await work;
    },
    async settle(found, looked, begunAt) {
      for (const alert of found) await keepOpen(db, alert);
      await resolveAlerts(db, { found: found.map(({ key }) => key), looked, begunAt });
      const due = await readDue();
      for (let next = 0; next < due.length; next += toldAtOnce)
        await Promise.all(due.slice(next, next + toldAtOnce).map(({ id }) => tell(id)));
      return due.length === 0 || (await readDue()).length === 0;
    },
  };
}
