import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { Db } from '../../../src/db/client.js';
import type { Workbench } from '../workbench.js';

// Without any progress for so long, nothing comes any more. A task that got lost is tried again after two minutes.
const patienceMs = 600_000;
const lookEveryMs = 500;
const sayEveryMs = 20_000;

/** Waits for something, says now and then how far it is, and gives up when that doesn't change any more. */
export async function until(
  { halt, say }: Workbench,
  isSo: () => Promise<boolean>,
  progress: () => string,
): Promise<void> {
  let last = { text: '', at: Date.now() };
  let saidAt = Date.now();
  while (!(await isSo())) {
    halt.throwIfAborted();
    const text = progress();
    if (text !== last.text) last = { text, at: Date.now() };
    if (Date.now() - last.at > patienceMs) throw new Error(`no progress any more: ${text}`);
    if (Date.now() - saidAt > sayEveryMs) {
      say(text);
      saidAt = Date.now();
    }
    await sleep(lookEveryMs);
  }
}

export const secondsUntil = (at: number): number => Math.round((at - Date.now()) / 1_000);

export async function countRows(db: Db, table: PgTable): Promise<number> {
  const [row] = await db.select({ count: sql<number>`count(*)::int` }).from(table);
  return row?.count ?? 0;
}
