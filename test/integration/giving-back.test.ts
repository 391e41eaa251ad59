import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgresSnapshots } from '../../src/db/queries/snapshots.js';
import { readGivingBack } from '../../src/db/queries/giving-back.js';
import { effects } from '../../src/db/schema.js';
import { anAccount } from '../support/access-api.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

let stack: TestDatabase;
beforeAll(async () => {
  stack = await startDatabase('giving-back');
});
afterAll(() => stack.end());

describe('TT-5 what is being given back', () => {
  it('says how far it is and what does not serve yet, from its claim to its end', async () => {
    const { db } = stack.database;
    const { id: account } = await anAccount(stack);
    const snapshots = createPostgresSnapshots(db);
    const keep = (id: string) =>
      snapshots.keep(account, {
        target: 'cluster',
        resource: { id, kind: 'Deployment' },
        state: { replicas: 2 },
      });
    for (const id of ['web', 'jobs', 'cron']) await keep(id);
    expect(await readGivingBack(db, account)).toBeNull();
    const caseId = crypto.randomUUID();
    const since = new Date();
    await db.insert(effects).values({ account, caseId, step: 'lift', round: 1, fence: 1, claimedAt: since });
    expect(await readGivingBack(db, account)).toEqual({
      since,
      back: 0,
      missing: ['Deployment web', 'Deployment jobs', 'Deployment cron'],
    });
    await snapshots.restored(account, 'cluster', { id: 'jobs', kind: 'Deployment' });
    expect(await readGivingBack(db, account)).toMatchObject({
      back: 1,
      missing: ['Deployment web', 'Deployment cron'],
    });
    await db.update(effects).set({ settledAt: new Date() });
    expect(await readGivingBack(db, account)).toBeNull();
  });

  it('is nothing while something is only taken', async () => {
    const { db } = stack.database;
    const { id: account } = await anAccount(stack);
    const caseId = crypto.randomUUID();
    await db
      .insert(effects)
      .values({ account, caseId, step: 'pause', round: 1, fence: 1, claimedAt: new Date() });
    expect(await readGivingBack(db, account)).toBeNull();
  });
});
