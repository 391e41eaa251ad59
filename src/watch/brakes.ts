import type { Db } from '../db/client.js';
import { trippedBreakers } from '../db/queries/breakers.js';
import { readFreeze } from '../db/queries/switches.js';
import { MINUTE_MS, SECOND_MS, type Instant } from '../domain/time.js';
import type { Alert } from '../ports/alerts.js';
import type { Logger } from '../ports/logger.js';
import type { Alerting } from './alerting.js';

export type BrakesWatchDeps = {
  readonly db: Db;
  readonly settle: Alerting['settle'];
  /** Tells cases of the next release that waits; `null`: there was none. */
  readonly tellNextRelease: () => Promise<number | null>;
  readonly logger: Logger;
  readonly nowMs: () => Instant;
};

const lookEveryMs = 2 * SECOND_MS;
// What is open is kept open, and told again, by the watch's own rounds.
const settleEveryMs = MINUTE_MS;
const keys = ['breaker_tripped', 'frozen'];

export type BrakesWatch = { start(): void; stop(): Promise<void> };

/** Says when a breaker has tripped or everything is frozen, and has those look again whom a brake held that was let go. */
export function createBrakesWatch({
  db,
  settle,
  tellNextRelease,
  logger,
  nowMs,
}: BrakesWatchDeps): BrakesWatch {
  let said = '';
  let settledAt = -Infinity;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    const found = await alertsOf(db);
    const words = JSON.stringify(found);
    if (words !== said || nowMs() - settledAt >= settleEveryMs) {
      await settle(found, keys);
      [said, settledAt] = [words, nowMs()];
    }
    const told = await tellNextRelease();
    if (told !== null) logger.info({ told }, 'cases were told that a brake is let go');
  }

  async function turn(): Promise<void> {
    await look().catch((error: unknown) => logger.warn({ error }, 'the brakes could not be looked at'));
    if (!isStopped) timer = setTimeout(() => void (running = turn()), lookEveryMs);
  }

  let running = Promise.resolve();
  return {
    start: () => void (running = turn()),
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

async function alertsOf(db: Db): Promise<Alert[]> {
  const tripped = (await trippedBreakers(db)).map(({ kind, cause, detail }): Alert => ({
    key: `breaker_tripped:${kind}`,
    severity: 'page',
    title: `The breaker of ${kind} has tripped: nothing of that kind is done any more`,
    text: `It tripped by ${cause ?? 'hand'}: ${detail ?? ''}. Every case that it holds waits, and none is dropped; giving back goes on.`,
    remedy: `See with forbear case list who was next, and whether they really owe. Then forbear breaker release ${kind} --reason …; what was done wrongly is given back by forbear case lift.`,
  }));
  const freeze = await readFreeze(db);
  if (freeze?.isOn !== true) return tripped;
  const frozen: Alert = {
    key: 'frozen',
    severity: 'warning',
    title: 'Everything that takes is frozen',
    text: 'A person has frozen it; giving back goes on.',
    remedy: 'forbear unfreeze --reason … when it is to go on.',
  };
  return [...tripped, frozen];
}
