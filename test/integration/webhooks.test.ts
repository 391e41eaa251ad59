import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  dropDeliveries,
  listDeliveries,
  resendDelivery,
  resendSince,
} from '../../src/db/queries/deliveries.js';
import {
  changeSecrets,
  disableEndpoint,
  enableEndpoint,
  findEndpoints,
  listEndpoints,
  removeEndpoint,
} from '../../src/db/queries/endpoints.js';
import { access, accessOutbox, webhookDeliveries } from '../../src/db/schema.js';
import type { Access, Restriction } from '../../src/domain/restrictions.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/domain/time.js';
import type { WebhookSender } from '../../src/ports/webhooks.js';
import { makeSecret, rotated } from '../../src/push/secrets.js';
import { createWebhookSender } from '../../src/adapters/webhooks/sender.js';
import { anAccount, startApiSide, type Known } from '../support/access-api.js';
import { eventually } from '../support/dev-eventually.js';
import { createPushWorld, startEndpoint, type AppEndpoint, type PushWorld } from '../support/push.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

let stack: TestDatabase;
let world: PushWorld;
let endpoints: AppEndpoint[];

beforeAll(async () => {
  stack = await startDatabase('webhooks', { withMovableClock: true });
  world = createPushWorld(stack);
});
afterAll(() => stack.end());
beforeEach(() => {
  endpoints = [];
});
afterEach(async () => {
  await world.end();
  for (const endpoint of endpoints) {
    await endpoint.close();
    await removeEndpoint(db(), endpoint.id);
  }
  await db().delete(accessOutbox);
});

const db = () => stack.database.db;
const anEndpoint = async () => {
  const endpoint = await startEndpoint(stack);
  endpoints.push(endpoint);
  return endpoint;
};
const put = ({ id }: Known, level: Access, restrictions: readonly Restriction[] = []) =>
  db()
    .insert(access)
    .values({ account: id, access: level, restrictions })
    .onConflictDoUpdate({ target: access.account, set: { access: level, restrictions } });

/** What of an account has arrived, by its access, in the order in which it came. */
const toldOf = (endpoint: AppEndpoint, account: Known) =>
  endpoint.about(account).map(({ data }) => data.access);
const isTold = (endpoint: AppEndpoint, account: Known, ...levels: readonly Access[]) =>
  eventually(`${levels.join(', ')} are told`, () => toldOf(endpoint, account).join() === levels.join());
const rowOf = async ({ id }: AppEndpoint) => (await findEndpoints(db(), id))[0]!;
const deliveriesOf = ({ id }: AppEndpoint) => listDeliveries(db(), { endpoint: id, limit: 500 });
/** Waits until nothing is left to be done but what waits for its time. */
const isSettled = (endpoint: AppEndpoint, remembered = 0) =>
  eventually('every delivery was tried', async () => {
    const [outbox, rows] = [await db().select().from(accessOutbox), await deliveriesOf(endpoint)];
    return (
      outbox.length === remembered &&
      rows.every(({ state, lastAttemptAt, lastStatus, lastError }) => {
        const isAnswered = lastStatus !== null || lastError !== null;
        return state !== 'pending' || (lastAttemptAt !== null && isAnswered);
      })
    );
  });

describe('a change of an account’s access', () => {
  it('EC-15 is told to every endpoint, as the API answers it, with a version', async () => {
    const all = [await anEndpoint(), await anEndpoint()];
    await world.start();
    const [account, side] = [await anAccount(stack), await startApiSide(stack)];
    await put(account, 'read_only');
    for (const endpoint of all) {
      await isTold(endpoint, account, 'read_only');
      const [one] = endpoint.about(account);
      expect(one).toMatchObject({ type: 'access.changed', data: (await side.access(account.id)).body });
      expect(one?.id).toMatch(/^msg_[0-9a-f-]{36}$/);
      expect(one?.headers['content-type']).toBe('application/json');
    }
    await side.stop();
  });

  it('is told within a second of its commit', async () => {
    const endpoint = await anEndpoint();
    await world.start();
    const times: number[] = [];
    for (let i = 0; i < 9; i += 1) {
      const account = await anAccount(stack);
      await put(account, 'read_only');
      const committedAt = Date.now();
      await isTold(endpoint, account, 'read_only');
      times.push(Date.now() - committedAt);
    }
    // The median: a machine that others use, too, may lose some.
    expect(times.sort((a, b) => a - b)[4]).toBeLessThan(1_000);
  });

  it('is told by a process that was not there when it came', async () => {
    const [endpoint, account] = [await anEndpoint(), await anAccount(stack)];
    await put(account, 'read_only');
    await world.start();
    await isTold(endpoint, account, 'read_only');
  });

  it('is not told when it was rolled back, nor twice when nothing has changed', async () => {
    const [endpoint, account, marker] = [await anEndpoint(), await anAccount(stack), await anAccount(stack)];
    await world.start();
    await put(account, 'read_only');
    await isTold(endpoint, account, 'read_only');
    await db()
      .transaction(async (tx) => {
        await tx.update(access).set({ access: 'suspended' }).where(eq(access.account, account.id));
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    // The row changes, its answer doesn't.
    const exemption = { until: 1, by: 'a person', reason: 'over' };
    await db().update(access).set({ exemption }).where(eq(access.account, account.id));
    await put(marker, 'read_only');
    await isTold(endpoint, marker, 'read_only');
    expect(toldOf(endpoint, account)).toEqual(['read_only']);
  });

  it('leaves nothing behind where nobody is told', async () => {
    await put(await anAccount(stack), 'read_only');
    expect(await db().select().from(accessOutbox)).toEqual([]);
  });

  it('EC-15 is told once and in its order, however many processes there are', async () => {
    const [endpoint, account] = [await anEndpoint(), await anAccount(stack)];
    for (let i = 0; i < 3; i += 1) await world.start();
    const levels = ['grace_period', 'read_only', 'suspended'] as const;
    for (let i = 0; i < 30; i += 1) await put(account, levels[i % 3]!);
    await eventually('the last one is told', () => toldOf(endpoint, account).at(-1) === 'suspended');
    await isSettled(endpoint);
    const told = endpoint.about(account);
    expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
    const times = told.map(({ timestamp }) => Date.parse(timestamp));
    const newest = told.find(({ timestamp }) => Date.parse(timestamp) === Math.max(...times));
    expect(newest?.data.access).toBe('suspended');
  });

  it('is told again when a restriction ends by itself, without anybody’s doing', async () => {
    const [endpoint, account] = [await anEndpoint(), await anAccount(stack)];
    await world.start();
    const until = world.nowMs() + HOUR_MS;
    const restriction = { reason: 'manual', access: 'read_only', owner: 'a', evidence: 'b', since: 0, until };
    await put(account, 'read_only', [restriction as Restriction]);
    await isTold(endpoint, account, 'read_only');
    await world.wait(HOUR_MS - MINUTE_MS);
    await isSettled(endpoint, 1);
    expect(toldOf(endpoint, account)).toEqual(['read_only']);
    await world.wait(MINUTE_MS);
    await isTold(endpoint, account, 'read_only', 'active');
  });

  it('is told of an account of which nothing can be composed to nobody, and delays no other', async () => {
    const [endpoint, ill, well] = [await anEndpoint(), await anAccount(stack), await anAccount(stack)];
    await world.start();
    await put(ill, 'read_only', [null as never]);
    await put(well, 'read_only');
    await isTold(endpoint, well, 'read_only');
    expect(toldOf(endpoint, ill)).toEqual([]);
  });
});

describe('what does not arrive', () => {
  it('is tried again with the same id and body, after ever longer waits', async () => {
    const [endpoint, account] = [await anEndpoint(), await anAccount(stack)];
    endpoint.answer = () => (endpoint.about(account).length < 4 ? 500 : 204);
    await world.start();
    await put(account, 'read_only');
    const tries = (count: number) =>
      eventually(`${count} tries`, () => endpoint.about(account).length === count);
    for (const [index, waitMs] of [5 * SECOND_MS, 30 * SECOND_MS, 2 * MINUTE_MS].entries()) {
      await tries(index + 1);
      await eventually(`it waits for ${waitMs} ms`, async () => {
        const [row] = await deliveriesOf(endpoint);
        const plannedMs = row!.nextAt.getTime() - row!.lastAttemptAt!.getTime();
        const isNoted = row?.state === 'pending' && row.attempts === index + 1 && row.lastStatus === 500;
        return isNoted && Math.abs(plannedMs - waitMs) < SECOND_MS;
      });
      await world.wait(waitMs);
    }
    await tries(4);
    const told = endpoint.about(account);
    expect(new Set(told.map(({ id, text }) => `${id} ${text}`)).size).toBe(1);
    await eventually('it has arrived', async () => (await deliveriesOf(endpoint))[0]?.state === 'delivered');
    await eventually('the endpoint counts as well', async () => {
      const { failingSince, waiting } = await rowOf(endpoint);
      return failingSince === null && waiting === 0;
    });
  });

  it('gives way to what is newer, so that only the newest answer of each account waits', async () => {
    const [endpoint, account] = [await anEndpoint(), await anAccount(stack)];
    endpoint.answer = () => 503;
    await world.start();
    await put(account, 'read_only');
    await isTold(endpoint, account, 'read_only');
    await put(account, 'suspended');
    await eventually('the newer one is there', async () => (await deliveriesOf(endpoint)).length === 2);
    const states = (await deliveriesOf(endpoint)).map(({ state }) => state);
    expect(states).toEqual(['pending', 'superseded']);
    endpoint.answer = () => 204;
    await world.wait(HOUR_MS);
    await eventually('the newest is told', () => toldOf(endpoint, account).at(-1) === 'suspended');
    await isSettled(endpoint);
    expect(toldOf(endpoint, account).slice(1)).not.toContain('read_only');
  });

  it('waits as long as the endpoint asks for', async () => {
    const [endpoint, account] = [await anEndpoint(), await anAccount(stack)];
    [endpoint.answer, endpoint.headers] = [() => 429, { 'retry-after': '600' }];
    await world.start();
    await put(account, 'read_only');
    await isSettled(endpoint);
    const [row] = await deliveriesOf(endpoint);
    expect(row!.nextAt.getTime() - row!.lastAttemptAt!.getTime()).toBeGreaterThanOrEqual(600_000);
  });

  it('comes at once when something else has arrived there, however long it was to wait', async () => {
    const [endpoint, first, second] = [await anEndpoint(), await anAccount(stack), await anAccount(stack)];
    [endpoint.answer, endpoint.headers] = [() => 503, { 'retry-after': '3600' }];
    await world.start();
    for (const account of [first, second]) {
      await put(account, 'read_only');
      await isTold(endpoint, account, 'read_only');
    }
    await isSettled(endpoint);
    await eventually('it counts as failing', async () => (await rowOf(endpoint)).failingSince !== null);
    endpoint.answer = () => 204;
    const third = await anAccount(stack);
    await put(third, 'read_only');
    for (const account of [first, second]) await isTold(endpoint, account, 'read_only', 'read_only');
    expect(toldOf(endpoint, third)).toEqual(['read_only']);
  });

  it('is sent nowhere else: a redirect is an answer, and no good one', async () => {
    const [endpoint, other, account] = [await anEndpoint(), await anEndpoint(), await anAccount(stack)];
    await disableEndpoint(db(), other.id, { because: 'only where a redirect leads', pingInMs: null });
    [endpoint.answer, endpoint.headers] = [() => 307, { location: other.url }];
    await world.start();
    await put(account, 'read_only');
    await isSettled(endpoint);
    expect((await deliveriesOf(endpoint))[0]).toMatchObject({ state: 'pending', lastStatus: 307 });
    expect(other.arrived).toEqual([]);
  });

  it('is said why: nobody there, or no answer in time', async () => {
    const [endpoint, account] = [await anEndpoint(), await anAccount(stack)];
    let isSlow = true;
    endpoint.answer = async () => {
      await eventually('the test is over', () => !isSlow);
      return 204;
    };
    await world.start();
    await put(account, 'read_only');
    await isSettled(endpoint);
    expect((await deliveriesOf(endpoint))[0]).toMatchObject({ lastError: 'no answer within 1 s' });
    isSlow = false;
    await endpoint.close();
    await world.wait(MINUTE_MS);
    await eventually('nobody is there', async () => {
      return (await deliveriesOf(endpoint))[0]?.lastError === 'ECONNREFUSED';
    });
  });

  it('delays no other endpoint', async () => {
    const [slow, quick] = [await anEndpoint(), await anEndpoint()];
    slow.answer = () => new Promise(() => undefined);
    await world.start();
    const accounts = await Promise.all(Array.from({ length: 20 }, () => anAccount(stack)));
    for (const account of accounts) await put(account, 'read_only');
    for (const account of accounts) await isTold(quick, account, 'read_only');
    expect(slow.arrived.length).toBeLessThan(20);
  });

  it('EC-14 is sent again when the process died before it could note the answer', async () => {
    const [endpoint, account] = [await anEndpoint(), await anAccount(stack)];
    const real = createWebhookSender();
    const neverBack: WebhookSender = {
      post: async (message, signal) => {
        await real.post(message, signal);
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('the process has died')));
        });
      },
    };
    const died = await world.start(neverBack);
    await put(account, 'read_only');
    await isTold(endpoint, account, 'read_only');
    await world.start();
    // Whoever took it may still be at it.
    expect(toldOf(endpoint, account)).toEqual(['read_only']);
    await world.wait(2 * MINUTE_MS);
    await isTold(endpoint, account, 'read_only', 'read_only');
    expect(new Set(endpoint.about(account).map(({ id }) => id)).size).toBe(1);
    await died.stop();
  });

  it('is given back by a process that stops, and sent by the next one at once', async () => {
    const [endpoint, account] = [await anEndpoint(), await anAccount(stack)];
    endpoint.answer = () => (endpoint.about(account).length < 2 ? new Promise(() => undefined) : 204);
    const first = await world.start(createWebhookSender({ timeoutMs: 60_000 }));
    await put(account, 'read_only');
    await isTold(endpoint, account, 'read_only');
    await first.stop();
    await world.start();
    await isTold(endpoint, account, 'read_only', 'read_only');
    await eventually('it is noted', async () => (await deliveriesOf(endpoint))[0]?.state === 'delivered');
    expect((await deliveriesOf(endpoint))[0]).toMatchObject({ attempts: 1 });
  });
});

describe('an endpoint', () => {
  it('that has failed for five days is disabled, asked every hour, and told all that waits once it answers', async () => {
    const [endpoint, first, second] = [await anEndpoint(), await anAccount(stack), await anAccount(stack)];
    endpoint.answer = () => 500;
    await world.start();
    await put(first, 'read_only');
    await eventually('it counts as failing', async () => (await rowOf(endpoint)).failingSince !== null);
    expect((await rowOf(endpoint)).disabledAt).toBeNull();
    await world.wait(4 * DAY_MS);
    await eventually('it was tried again', async () => (await deliveriesOf(endpoint))[0]!.attempts > 1);
    expect((await rowOf(endpoint)).disabledAt).toBeNull();
    await world.wait(DAY_MS + HOUR_MS);
    await eventually('it is disabled', async () => (await rowOf(endpoint)).disabledAt !== null);
    expect((await rowOf(endpoint)).disabledBecause).toMatch(/^nothing has arrived since \d{4}-/);
    const tries = endpoint.arrived.length;
    await put(second, 'suspended');
    await world.wait(2 * HOUR_MS);
    await eventually('it was asked', () => endpoint.arrived.at(-1)?.type === 'endpoint.ping');
    expect(endpoint.arrived.slice(tries).map(({ type }) => type)).toEqual(['endpoint.ping']);
    expect((await rowOf(endpoint)).disabledAt).not.toBeNull();
    endpoint.answer = () => 204;
    await world.wait(HOUR_MS);
    await eventually('it is enabled', async () => (await rowOf(endpoint)).disabledAt === null);
    await eventually('the first is told', () => toldOf(endpoint, first).length > 2);
    await isTold(endpoint, second, 'suspended');
  });

  it('that answers 410 is disabled at once, until a person enables it', async () => {
    const [endpoint, account] = [await anEndpoint(), await anAccount(stack)];
    endpoint.answer = () => 410;
    await world.start();
    await put(account, 'read_only');
    await eventually('it is disabled', async () => (await rowOf(endpoint)).disabledAt !== null);
    endpoint.answer = () => 204;
    await world.wait(7 * DAY_MS);
    await put(account, 'suspended');
    await eventually('the newer one waits', async () => (await deliveriesOf(endpoint)).length === 2);
    expect(await rowOf(endpoint)).toMatchObject({ disabledBecause: 'it answered 410 Gone', isPinged: false });
    expect(toldOf(endpoint, account)).toEqual(['read_only']);
    await enableEndpoint(db(), endpoint.id);
    await isTold(endpoint, account, 'read_only', 'suspended');
  });

  it('whose secret is replaced is signed for with both, and then with the new one alone', async () => {
    const [endpoint, account] = [await anEndpoint(), await anAccount(stack)];
    await world.start();
    const [older, newer] = [endpoint.secret, makeSecret()];
    await changeSecrets(db(), endpoint.id, (secrets, now) => rotated(secrets, newer, now.getTime(), HOUR_MS));
    await put(account, 'read_only');
    await isTold(endpoint, account, 'read_only');
    endpoint.secret = newer;
    await put(account, 'suspended');
    await isTold(endpoint, account, 'read_only', 'suspended');
    const signaturesOf = (index: number) =>
      endpoint.about(account)[index]!.headers['webhook-signature']!.split(' ').length;
    expect(signaturesOf(1)).toBe(2);
    await world.wait(HOUR_MS);
    await put(account, 'active');
    await isTold(endpoint, account, 'read_only', 'suspended', 'active');
    expect(signaturesOf(2)).toBe(1);
    endpoint.secret = older;
    await put(account, 'revoked');
    await isSettled(endpoint);
    expect((await deliveriesOf(endpoint))[0]).toMatchObject({ state: 'pending', lastStatus: 500 });
  });

  it('that is removed takes all that it was told with it', async () => {
    const [endpoint, account] = [await anEndpoint(), await anAccount(stack)];
    await world.start();
    await put(account, 'read_only');
    await isTold(endpoint, account, 'read_only');
    await isSettled(endpoint);
    await removeEndpoint(db(), endpoint.id);
    expect(await deliveriesOf(endpoint)).toEqual([]);
    expect((await listEndpoints(db())).map(({ id }) => id)).not.toContain(endpoint.id);
  });

  it('is found by its address, its id, and four letters with which that begins', async () => {
    const endpoint = await anEndpoint();
    for (const word of [endpoint.url, endpoint.id, endpoint.id.slice(0, 4), endpoint.id.toUpperCase()])
      expect((await findEndpoints(db(), word)).map(({ id }) => id)).toEqual([endpoint.id]);
    expect(await findEndpoints(db(), endpoint.id.slice(0, 3))).toEqual([]);
    expect(await findEndpoints(db(), '')).toEqual([]);
  });
});

describe('what has arrived', () => {
  it('is told again on request under its own id, but for what is older than what was told since', async () => {
    const [endpoint, account] = [await anEndpoint(), await anAccount(stack)];
    await world.start();
    await put(account, 'read_only');
    await isTold(endpoint, account, 'read_only');
    await put(account, 'suspended');
    await isTold(endpoint, account, 'read_only', 'suspended');
    await isSettled(endpoint);
    const [newest, older] = await deliveriesOf(endpoint);
    expect(await resendDelivery(db(), endpoint.id, older!.id)).toBe('older');
    expect(await resendDelivery(db(), endpoint.id, newest!.id)).toBe('resent');
    expect(await resendDelivery(db(), endpoint.id, crypto.randomUUID())).toBe('unknown');
    expect(await resendDelivery(db(), crypto.randomUUID(), newest!.id)).toBe('unknown');
    await isTold(endpoint, account, 'read_only', 'suspended', 'suspended');
    expect(endpoint.about(account)[2]?.id).toBe(endpoint.about(account)[1]?.id);
  });

  it('is told again since a date, of each account the newest', async () => {
    const [endpoint, account, other] = [await anEndpoint(), await anAccount(stack), await anAccount(stack)];
    await world.start();
    await put(other, 'read_only');
    await isTold(endpoint, other, 'read_only');
    await isSettled(endpoint);
    await world.wait(HOUR_MS);
    const since = new Date(world.nowMs());
    for (const level of ['read_only', 'suspended'] as const) {
      await put(account, level);
      await eventually(level, () => toldOf(endpoint, account).at(-1) === level);
    }
    await isSettled(endpoint);
    expect(await resendSince(db(), endpoint.id, since)).toBe(1);
    await isTold(endpoint, account, 'read_only', 'suspended', 'suspended');
    expect(toldOf(endpoint, other)).toEqual(['read_only']);
  });

  it('is dropped after its time, and what waits is kept', async () => {
    const [endpoint, account, waiting] = [await anEndpoint(), await anAccount(stack), await anAccount(stack)];
    await world.start();
    await put(account, 'read_only');
    await isTold(endpoint, account, 'read_only');
    await isSettled(endpoint);
    endpoint.answer = () => 500;
    await put(waiting, 'read_only');
    await isSettled(endpoint);
    expect(await dropDeliveries(db(), 30 * DAY_MS)).toBe(0);
    await world.wait(31 * DAY_MS);
    await dropDeliveries(db(), 30 * DAY_MS);
    const rows = await db()
      .select({ account: webhookDeliveries.account })
      .from(webhookDeliveries)
      .where(eq(webhookDeliveries.endpoint, endpoint.id));
    expect(rows).toEqual([{ account: waiting.id }]);
  });
});
