import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/app/contract.js';
import { webhookCommand } from '../../src/cli/webhook.js';
import { endpointOf } from '../../src/cli/doctor/database.js';
import { listEndpoints } from '../../src/db/queries/endpoints.js';
import { access } from '../../src/db/schema.js';
import type { Access } from '../../src/domain/restrictions.js';
import { aKey, anAccount, startApiSide, type ApiSide, type Known } from '../support/access-api.js';
import { forbear, forbearHere } from '../support/cli.js';
import { eventually } from '../support/dev-eventually.js';
import { createPushWorld, startEndpoint, type AppEndpoint, type PushWorld } from '../support/push.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

let stack: TestDatabase;
let world: PushWorld;
let endpoint: AppEndpoint;
let side: ApiSide;
let headers: Readonly<Record<string, string>>;

beforeAll(async () => {
  stack = await startDatabase('webhook-commands', { withMovableClock: true });
  world = createPushWorld(stack);
  endpoint = await startEndpoint(stack);
  side = await startApiSide(stack);
  headers = { authorization: `Bearer ${await aKey(stack, { scopes: ['webhooks:write'] })}` };
});
afterAll(async () => {
  await world.end();
  await side.stop();
  await endpoint.close();
  await stack.end();
});

const db = () => stack.database.db;
const settings = () => ({ DATABASE_URL: stack.url });
const run = (...args: readonly string[]) => forbearHere(webhookCommand(), ['webhook', ...args], settings());
const put = ({ id }: Known, level: Access) =>
  db()
    .insert(access)
    .values({ account: id, access: level })
    .onConflictDoUpdate({ target: access.account, set: { access: level } });

describe('forbear webhook', () => {
  it('add shows the secret once, and nothing shows it again', async () => {
    const url = 'https://app.example.com/webhooks/forbear';
    const added = await run('add', url);
    expect([added.code, added.err]).toEqual([0, '']);
    const [secret = ''] = added.out.split('\n');
    expect(Buffer.from(secret.replace(/^whsec_/, ''), 'base64')).toHaveLength(32);
    const again = await run('add', url);
    expect(again.code).toBe(4);
    expect(again.err).toContain(`${url} is told already`);
    const listed = await forbear(['webhook', 'list'], settings());
    expect(listed.out).toContain(url);
    expect(listed.out).toContain('enabled');
    expect((await run('list', '--json')).out).not.toContain('whsec_');
    expect((await run('remove', url)).out).toBe(`${url} is forgotten.\n`);
    expect((await run('remove', url)).code).toBe(3);
  });

  it('ping says what the endpoint answers, and what to look for when that is no 2xx', async () => {
    const well = await run('ping', endpoint.id.slice(0, 8));
    expect(well).toMatchObject({ code: 0, err: '' });
    expect(well.out).toMatch(/answered 204 after \d+ ms/);
    expect(endpoint.arrived.at(-1)?.type).toBe('endpoint.ping');
    endpoint.answer = () => 400;
    const ill = await run('ping', endpoint.url);
    expect(ill.code).toBe(1);
    expect(ill.err).toContain('most likely it checks with another secret');
    endpoint.answer = () => 204;
  });

  it('shows what an endpoint was told, tells it again, and stops and goes on telling it', async () => {
    await world.start();
    const account = await anAccount(stack);
    await put(account, 'read_only');
    await eventually('it is told', () => endpoint.about(account).length === 1);
    const id = endpoint.about(account)[0]!.id;
    const seen = await eventually('it is noted', async () => {
      const { out } = await run('deliveries', endpoint.id, '--account', account.ref, '--json');
      const row = JSON.parse(out) as Readonly<Record<string, unknown>>;
      return row['state'] === 'delivered' && row;
    });
    expect(seen).toMatchObject({ id, ref: account.ref, attempts: 1, lastStatus: 204 });
    expect(seen).not.toHaveProperty('body');
    expect((await run('resend', endpoint.id, id)).out).toBe('One delivery is on its way.\n');
    await eventually('it is told again', () => endpoint.about(account).length === 2);

    const stopped = await run('disable', endpoint.id, '--reason', 'maintenance', '--by', 'ops');
    expect(stopped.code).toBe(0);
    await put(account, 'suspended');
    await eventually('it waits', async () => (await listEndpoints(db()))[0]?.waiting === 1);
    expect((await run('list')).out).toMatch(/disabled .*: maintenance \(ops\)/);
    const kept = await run('remove', endpoint.id);
    expect(kept.code).toBe(4);
    expect(kept.err).toContain('something still waits for');
    expect((await run('enable', endpoint.id)).code).toBe(0);
    await eventually('it is told', () => endpoint.about(account).length === 3);
  });

  it('rotate gives another secret, beside or instead of the older one', async () => {
    const { out } = await run('rotate', endpoint.id, '--overlap', '0', '--json');
    const { secret } = JSON.parse(out) as { secret: string };
    expect((await run('ping', endpoint.id)).code).toBe(1);
    endpoint.secret = secret;
    expect((await run('ping', endpoint.id)).code).toBe(0);
    expect((await run('rotate', endpoint.id, '--overlap', 'soon')).code).toBe(2);
  });

  it.each([
    [['ping', 'https://nobody.example'], 3, 'no endpoint is "https://nobody.example"'],
    [['resend', 'https://nobody.example'], 2, 'give either a delivery or --since'],
    [['add', 'http://app.example.com'], 2, 'must begin with https, or give --insecure'],
  ])('%j ends with %i and says why', async (args, code, why) => {
    const ran = await run(...args);
    expect(ran.code).toBe(code);
    expect(ran.err).toContain(why);
  });
});

describe('GET /v1/webhooks and its deliveries', () => {
  it('say how telling goes, without secrets and bodies, to a key with webhooks:write', async () => {
    const { status, body } = await side.ask<{ endpoints: unknown[] }>('/v1/webhooks', headers);
    expect(status).toBe(200);
    expect(body.endpoints).toEqual([
      {
        id: endpoint.id,
        url: endpoint.url,
        createdAt: expect.any(String) as string,
        state: 'enabled',
        since: null,
        because: null,
        lastSuccessAt: expect.any(String) as string,
        waiting: 0,
      },
    ]);
    const path = `/v1/webhooks/${endpoint.id}/deliveries?state=delivered&limit=1`;
    const page = await side.ask<{ deliveries: Readonly<Record<string, unknown>>[] }>(path, headers);
    expect(page.body.deliveries).toHaveLength(1);
    expect(page.body.deliveries[0]).toMatchObject({ state: 'delivered', nextAt: null, lastStatus: 204 });
    expect(page.body.deliveries[0]).not.toHaveProperty('body');
    expect((await side.ask('/v1/webhooks')).status).toBe(403);
  });

  it('resend the newest of an account, and nothing that was told before it', async () => {
    const [account] = [await anAccount(stack)];
    for (const level of ['read_only', 'suspended'] as const) {
      await put(account, level);
      await eventually(level, () => endpoint.about(account).at(-1)?.data.access === level);
    }
    const [older, newest] = endpoint.about(account).map(({ id }) => id);
    const resend = async (id: string, of = endpoint.id) => {
      const init = { method: 'POST', headers };
      const response = await side.fetch(`/v1/webhooks/${of}/deliveries/${id}/resend`, init);
      return [response.status, response.status === 202 ? null : ((await response.json()) as Problem).type];
    };
    expect(await resend(newest!)).toEqual([202, null]);
    await eventually('it is told again', () => endpoint.about(account).length === 3);
    expect(await resend(older!)).toEqual([409, 'urn:forbear:problem:told-since']);
    expect(await resend(newest!, crypto.randomUUID())).toEqual([404, 'urn:forbear:problem:unknown-webhook']);
    expect(await resend('msg_1')).toEqual([400, 'urn:forbear:problem:bad-request']);
    expect(await resend(newest!, 'mine')).toEqual([400, 'urn:forbear:problem:bad-request']);
  });

  it.each(['state=lost', 'limit=0', 'limit=many'])('refuse %s', async (search) => {
    const { status } = await side.problem(`/v1/webhooks/${endpoint.id}/deliveries?${search}`, headers);
    expect(status).toBe(400);
  });
});

describe('forbear doctor', () => {
  const since = new Date('2026-11-01T09:00:00Z');
  it.each([
    ['an endpoint that is told', {}, 'ok', 'is told of every change', null],
    ['one that fails', { failingSince: since }, 'broken', 'nothing has arrived since 2026-11-01', 'ping'],
    [
      'one that was given up',
      { disabledAt: since, disabledBecause: 'nothing has arrived', isPinged: true },
      'broken',
      'is told of no change since 2026-11-01',
      'it is asked every hour',
    ],
    [
      'one that wants no more',
      { disabledAt: since, disabledBecause: 'it answered 410 Gone', isPinged: false },
      'broken',
      'it answered 410 Gone',
      'forbear webhook remove',
    ],
  ])('says of %s what to do', async (_, changes, state, text, remedy) => {
    const [row] = await listEndpoints(db());
    const found = endpointOf({ ...row!, ...changes });
    expect(found.state).toBe(state);
    expect(found.text).toContain(text);
    if (remedy === null) expect(found.remedy).toBeNull();
    else expect(found.remedy).toContain(remedy);
  });
});
