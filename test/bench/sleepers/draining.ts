import { setTimeout as sleep } from 'node:timers/promises';
import { max, sql } from 'drizzle-orm';
import { notices } from '../../../src/db/schema.js';
import type { Workbench } from '../workbench.js';
import type { Sleeper } from './accounts.js';
import type { Scene } from './scene.js';
import { countRows, secondsUntil, until } from './waiting.js';

// What fires twice may do so a little later.
const afterwardsMs = 15_000;

/** Waits for the reminders that come due at `dueAt`, and counts what everybody got. */
export async function drain(bench: Workbench, scene: Scene, all: readonly Sleeper[], dueAt: number) {
  const { db, world } = scene;
  const areDue = () => Promise.resolve(Date.now() >= dueAt);
  await until(bench, areDue, () => `reminders come due in ${secondsUntil(dueAt)} s`);
  let told = 0;
  const areTold = async () => {
    told = await countRows(db, notices);
    return told >= all.length;
  };
  // Those that never come are counted as missing.
  await until(bench, areTold, () => `${told} of ${all.length} are reminded`).catch((error: unknown) =>
    bench.say(String(error)),
  );
  await sleep(afterwardsMs);
  const [last] = await db.select({ at: max(notices.acceptedAt) }).from(notices);
  const mailsTo = all.map(({ email }) => world.mails.get(email) ?? 0);
  return {
    figures: {
      fired: mailsTo.filter((mails) => mails > 0).length,
      firedTwice: mailsTo.filter((mails) => mails > 1).length,
      missing: mailsTo.filter((mails) => mails === 0).length,
      drainSeconds: Math.round(((last?.at?.getTime() ?? NaN) - dueAt) / 1_000),
    },
    wrong: await wrongInBooks(scene, all),
  };
}

/** What Forbear itself wrote down has to be one reminder each. */
async function wrongInBooks({ db }: Scene, all: readonly Sleeper[]): Promise<string[]> {
  const rows = await db
    .select({ account: notices.account, topic: notices.topic, count: sql<number>`count(*)::int` })
    .from(notices)
    .groupBy(notices.account, notices.topic);
  const odd = rows.filter(({ topic, count }) => topic !== 'reminder' || count > 1).length;
  return [
    ...(odd === 0 ? [] : [`${odd} accounts have other notices in the books than one reminder`]),
    ...(rows.length === all.length ? [] : [`${rows.length} of ${all.length} reminders are in the books`]),
  ];
}
