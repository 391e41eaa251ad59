import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readApproversConfig } from '../../src/config-approvers.js';
import { asAccountId } from '../../src/domain/ids.js';
import { bulkAsking } from '../../src/wiring-bulk.js';
import { drillsOfApi } from '../../src/wiring-drills.js';
import { signDecision } from '../../src/guard/decision-proof.js';
import { accountCustomers, accounts, fireDrills } from '../../src/db/schema.js';
import { apiRoutes } from '../../src/http/api.js';
import { fireDrillIdOf } from '../../workflows/messages.js';
import { aKey, startApiSide, type ApiSide } from '../support/access-api.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

const secret = 'a secret of this test, of more than 32 letters';
const config = readApproversConfig({
  FORBEAR_LINK_SECRET: secret,
  FORBEAR_PUBLIC_URL: 'http://127.0.0.1:1',
});
const started: string[] = [];
// Stands in for Temporal, which has nothing to do with what the api answers.
const temporal = {
  workflow: {
    start: (_: string, { workflowId }: { workflowId: string }) => {
      started.push(workflowId);
      return Promise.resolve({});
    },
  },
} as never;

let stack: TestDatabase;
let side: ApiSide;
let app: ReturnType<typeof apiRoutes>;
let key: string;

beforeAll(async () => {
  stack = await startDatabase('fire-drill-api');
  side = await startApiSide(stack);
  const { db } = stack.database;
  app = apiRoutes({ ...side.deps, drills: drillsOfApi(config, db, temporal) });
  key = await aKey(stack, { scopes: ['drills:write'] });
  const rows = await db
    .insert(accounts)
    .values(['owing', 'paying'].map((ref) => ({ ref, name: ref, billingStatus: 'past_due' as const })))
    .returning();
  await db
    .insert(accountCustomers)
    .values(rows.map(({ id, ref }) => ({ account: asAccountId(id), customer: `cus_${ref}` })));
  await db.execute(`update accounts set billing_status = 'current' where ref = 'paying'`);
});
afterAll(async () => {
  await side.stop();
  await stack.end();
});

const list = 'account\nowing\npaying\nnobody\n';
const post = (
  path: string,
  query: Readonly<Record<string, string>> = {},
  body: string | Uint8Array<ArrayBuffer> = list,
  bearer = key,
) =>
  app.request(`/v1/fire-drills${path}?${new URLSearchParams(query).toString()}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'text/csv' },
    body,
  });
const signed = { by: 'sam', reason: 'stolen cards' };
const drillsIn = async () => (await stack.database.db.select().from(fireDrills)).length;

describe('FD-1 fire drills by the api', () => {
  it('tells what would become of each line, and changes nothing', async () => {
    const answer = await post('/dry-run');
    expect(answer.status).toBe(200);
    const { lines } = (await answer.json()) as { lines: { line: number; status: string }[] };
    expect(lines.map(({ line, status }) => [line, status])).toEqual([
      [2, 'waiting'],
      [3, 'refused'],
      [4, 'unknown'],
    ]);
    expect(await drillsIn()).toBe(0);
  });

  it('carries out what a person has approved, exactly and once', async () => {
    const asked = await post('/approvals', signed);
    const { approval, count } = (await asked.json()) as { approval: string; count: number };
    expect([asked.status, count]).toEqual([200, 1]);
    const early = await post('', { ...signed, approval });
    expect([early.status, ((await early.json()) as { detail: string }).detail]).toEqual([
      409,
      'nobody has decided on it yet',
    ]);
    const { bulk } = bulkAsking(config, stack.database.db);
    const { expiresAt } = (await bulk.read(approval)) ?? { expiresAt: 0 };
    const decision = { approval, approved: true, by: 'kim', expiresAt };
    await bulk.decide(approval, { approved: true, by: 'kim', proof: signDecision(secret, decision) });
    expect((await post('', { ...signed, approval, override: 'paying' })).status).toBe(409);
    const begun = await post('', { ...signed, approval });
    const { id } = (await begun.json()) as { id: string };
    expect([begun.status, started]).toEqual([200, [fireDrillIdOf(id)]]);
    expect((await post('', { ...signed, approval })).status).toBe(409);
    const read = await app.request(`/v1/fire-drills/${id}`, { headers: { authorization: `Bearer ${key}` } });
    expect(await read.json()).toMatchObject({
      id,
      access: 'suspended',
      endedAt: null,
      counts: { waiting: 1, refused: 1, unknown: 1 },
      lines: [{ given: 'owing', status: 'waiting', account: { ref: 'owing' } }, {}, { account: null }],
    });
  });

  it.each([
    ['another column than the file has', '/dry-run', { column: 'ref' }, list, 400],
    ['an access that there is not', '/dry-run', { access: 'deleted' }, list, 400],
    ['a list that is empty', '/dry-run', {}, '', 400],
    ['a list that is no text', '/dry-run', {}, new Uint8Array([0xff, 0xfe, 0x61]), 400],
    ['nobody to be switched off', '/approvals', signed, 'account\nnobody\n', 400],
    ['no reason', '/approvals', { by: 'sam' }, list, 400],
    ['no approval', '', signed, list, 400],
    ['more than a list may have', '/dry-run', {}, 'x'.repeat(10_000_001), 413],
  ] as const)('refuses %s', async (_, path, query, body, status) => {
    expect((await post(path, query, body)).status).toBe(status);
    expect(await drillsIn()).toBe(1);
  });

  it('asks for a key that is made for it', async () => {
    const other = await aKey(stack, { scopes: ['accounts:write'] });
    expect((await post('/dry-run', {}, list, other)).status).toBe(403);
    const unknown = await app.request(`/v1/fire-drills/${crypto.randomUUID()}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    expect(unknown.status).toBe(404);
  });
});
