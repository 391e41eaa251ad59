import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { Db } from '../../../src/db/client.js';
import type { Target } from './load.js';

const patienceMs = 10_000;

/**
 * Changes the access of so many accounts, one after the other, and measures how long after each commit the answer still was
 * the former one, in milliseconds.
 */
export async function measureVisible({ url, key, ids }: Target, db: Db, changes: number): Promise<number[]> {
  const times: number[] = [];
  const step = Math.max(1, Math.floor(ids.length / changes));
  for (const id of ids.filter((_, index) => index % step === 0).slice(0, changes)) {
    await accessOf(url, key, id);
    await db.execute(sql`insert into access (account, access) values (${id}, 'suspended')
      on conflict (account) do update set access = 'suspended'`);
    const committed = performance.now();
    while ((await accessOf(url, key, id)) !== 'suspended') {
      if (performance.now() - committed > patienceMs) return [...times, Infinity];
      await sleep(1);
    }
    times.push(performance.now() - committed);
  }
  return times;
}

async function accessOf(url: string, key: string, id: string): Promise<string> {
  const response = await fetch(`${url}/v1/accounts/${id}/access`, {
    headers: { authorization: `Bearer ${key}` },
  });
  const { access, account } = (await response.json()) as { access: string; account: { id: string } };
  if (account.id !== id) throw new Error(`asked for ${id}, got ${account.id}`);
  return access;
}
