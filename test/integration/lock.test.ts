import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLock } from '../../src/db/lock.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';
import { eventually } from '../support/dev-eventually.js';

let stack: TestDatabase;
beforeAll(async () => {
  stack = await startDatabase('lock');
});
afterAll(async () => {
  await stack.end();
});

const key = 17;

it('is held by one process, again and again, and passes on when that one ends', async () => {
  const [one, other] = [openLock(stack.url, key), openLock(stack.url, key)];
  expect(await one.tryHold()).toBe(true);
  expect(await one.tryHold()).toBe(true);
  expect(await other.tryHold()).toBe(false);
  await one.close();
  await eventually('the other has it', () => other.tryHold());
  await other.close();
});

it('is lost with its connection, and then anybody’s', async () => {
  const [one, other] = [openLock(stack.url, key), openLock(stack.url, key)];
  expect(await one.tryHold()).toBe(true);
  await stack.database.db.execute(
    `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = ${key}`,
  );
  await eventually('the other has it', () => other.tryHold());
  // The one that lost it connects anew, and is told so.
  await eventually('the first knows', async () => !(await one.tryHold().catch(() => true)));
  await Promise.all([one.close(), other.close()]);
});
