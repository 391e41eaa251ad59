import { eq } from 'drizzle-orm';
import type Stripe from 'stripe';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createStripeClient } from '../../src/adapters/stripe/client.js';
import { createStripeEvents } from '../../src/adapters/stripe/events.js';
import { replayCommand } from '../../src/cli/replay.js';
import { storeEvents } from '../../src/db/queries/inbox.js';
import { eventIds, inbox, type InboxState } from '../../src/db/schema.js';
import { isReadable } from '../../src/ports/events.js';
import { startStripeFake, type StripeFake } from '../../src/stripe-fake/server.js';
import { forbearHere } from '../support/cli.js';
import { startSpoiler } from '../support/spoilt-stripe.js';
import { controlFake } from '../support/stripe-control.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

let stack: TestDatabase;
let fake: StripeFake;
let stripe: Stripe;

beforeAll(async () => {
  stack = await startDatabase('replay');
});
afterAll(() => stack.end());
beforeEach(async () => {
  await openFake('sk_test_fake');
  await db().delete(inbox);
  await db().delete(eventIds);
});
afterEach(() => fake.close());

const db = () => stack.database.db;

async function openFake(secretKey: string): Promise<void> {
  fake = await startStripeFake({ port: 0, secretKey, deliveryRetryMs: [] });
  stripe = createStripeClient({ secretKey, apiBase: fake.base });
}

const run = (...args: readonly string[]) => runAt(fake.base, args);
const runAt = (apiBase: string, args: readonly string[]) =>
  forbearHere(replayCommand(), ['replay', ...args], {
    DATABASE_URL: stack.url,
    STRIPE_SECRET_KEY: fake.key,
    STRIPE_API_BASE: apiBase,
  });

const since = '2026-01-01T00:00:00Z';

/** Runs it with `--json`, and parses what it says. */
const counted = (...args: readonly string[]) => countedAt(fake.base, args);
async function countedAt(apiBase: string, args: readonly string[]) {
  const { code, out, err } = await runAt(apiBase, [...args, '--json']);
  const said = JSON.parse(out) as Record<string, unknown>;
  const parts = ['fresh', 'known', 'foreign', 'skipped', 'unreadable'];
  const sum = parts.reduce((all, one) => all + Number(said[one]), 0);
  expect(sum, 'what was found is the sum of what became of it').toBe(said['found']);
  return { code, err, said };
}

/** A customer, and so many events of a type that is kept; beside it one of a type that isn't: `customer.created`. */
async function raise(count: number): Promise<string> {
  const { id } = await stripe.customers.create({});
  for (let n = 0; n < count; n += 1) await stripe.customers.update(id, { name: `the name ${n}` });
  return id;
}

const idsOf = async (type = 'customer.updated') =>
  (await stripe.events.list({ type, limit: 100 })).data.map(({ id }) => id);
const rows = () => db().select().from(inbox).orderBy(inbox.seq);
const setState = (id: string, state: InboxState) =>
  db().update(inbox).set({ state, attempts: 9, lastError: 'as told' }).where(eq(inbox.eventId, id));

const control = (path: string, body: unknown) => controlFake(fake, path, body);

describe('IN-6 forbear replay of a span', () => {
  it('IN-6 takes in what is missing, to be dispatched, and a count that adds up', async () => {
    const customer = await raise(3);
    const { code, said } = await counted('--since', since);
    expect(code).toBe(0);
    expect(said).toMatchObject({ found: 4, fresh: 3, known: 0, foreign: 0, skipped: 1, since });
    const kept = await rows();
    expect(kept).toHaveLength(3);
    for (const row of kept)
      expect(row).toMatchObject({ customer, type: 'customer.updated', state: 'pending', source: 'replay' });
  });

  it('IN-6 counts an event once, however often it is replayed, and leaves what is here as it is', async () => {
    await raise(2);
    await run('--since', since);
    const [first = ''] = await idsOf();
    await setState(first, 'dispatched');
    const { said } = await counted('--since', since);
    expect(said).toMatchObject({ found: 3, fresh: 0, known: 2, again: 0 });
    expect((await rows()).map(({ state }) => state).sort()).toEqual(['dispatched', 'pending']);
  });

  it('IN-6 takes in only what is missing among what was delivered', async () => {
    await raise(3);
    const events = createStripeEvents(stripe);
    const [delivered = ''] = await idsOf();
    const listed = await events.read(delivered);
    if (listed === null || !isReadable(listed)) throw new Error('the event is not there');
    await storeEvents(db(), [{ ...listed, state: 'pending', source: 'webhook', secret: 'ab12cd34' }]);
    const { said } = await counted('--since', since);
    expect(said).toMatchObject({ fresh: 2, known: 1 });
    const sources = (await rows()).map(({ eventId, source }) => [eventId === delivered, source]);
    expect(sources.sort()).toEqual([
      [false, 'replay'],
      [false, 'replay'],
      [true, 'webhook'],
    ]);
  });

  it('with --dry-run says the same and writes nothing', async () => {
    await raise(2);
    const { said } = await counted('--since', since, '--dry-run');
    expect(said).toMatchObject({ found: 3, fresh: 2, skipped: 1, dryRun: true });
    expect(await rows()).toEqual([]);
    expect((await run('--since', since, '--dry-run')).out).toContain(
      '2  missing here, and would be taken in',
    );
  });

  it('takes only the types that are named, also one that is not kept otherwise', async () => {
    await raise(2);
    const { said } = await counted('--since', since, '--type', 'customer.created', '--type', 'invoice.paid');
    expect(said).toMatchObject({ found: 1, fresh: 1, skipped: 0 });
    expect((await rows()).map(({ type }) => type)).toEqual(['customer.created']);
  });

  it('takes only its span, and with --undelivered only what Stripe could not deliver', async () => {
    await raise(1);
    await control('/clock/advance', { ms: 3_600_000 });
    const nobody = { url: 'http://127.0.0.1:9/hook', enabled_events: ['customer.updated'] } as const;
    await stripe.webhookEndpoints.create({ ...nobody, enabled_events: [...nobody.enabled_events] });
    await raise(1);
    const between = new Date(Date.now() + 1_800_000).toISOString();
    expect((await counted('--since', between, '--dry-run')).said).toMatchObject({ found: 2 });
    expect((await counted('--since', since, '--until', between, '--dry-run')).said).toMatchObject({
      found: 2,
    });
    const { said } = await counted('--since', since, '--undelivered');
    expect(said).toMatchObject({ found: 1, fresh: 1 });
  });

  it('keeps what is not ours as ignored', async () => {
    await fake.close();
    await openFake('sk_live_fake');
    await raise(2);
    const { said } = await counted('--since', since);
    expect(said).toMatchObject({ found: 3, fresh: 0, foreign: 2, skipped: 1 });
    expect((await rows()).map(({ state }) => state)).toEqual(['ignored', 'ignored']);
  });
});

describe('IN-6 a replay that Stripe cuts short', () => {
  it('IN-6 says from which instant on all is in, and the command that it names brings the rest', async () => {
    await raise(40);
    await control('/clock/advance', { ms: 60_000 });
    await raise(120);
    await control('/faults', { path: 'GET /v1/events$', status: 500, count: 1, skip: 1 });
    const first = await run('--since', since, '--type', 'customer.updated');
    expect(first.code).toBe(1);
    expect(first.out).toContain('Found 100 events');
    const next = /go on with `forbear replay ([^`]+)`/.exec(first.err)?.[1] ?? '';
    expect(next).toMatch(/^--since \S+ --until \S+ --type customer\.updated$/);
    const rest = await counted(...next.split(' '));
    expect(rest.code).toBe(0);
    expect(Number(rest.said['fresh'])).toBe(60);
    expect(await rows()).toHaveLength(160);
  });

  it('says so when nothing was taken in yet', async () => {
    await control('/faults', { path: 'GET /v1/events$', status: 500, count: 1 });
    const { code, err } = await run('--since', since);
    expect(code).toBe(1);
    expect(err).toContain('nothing was taken in yet');
  });
});

describe('IN-6 forbear replay of events by their ids', () => {
  it('takes them in, whatever their type', async () => {
    await raise(1);
    const [updated = '', created = ''] = [...(await idsOf()), ...(await idsOf('customer.created'))];
    const { code, said } = await counted(updated, created, updated);
    expect([code, said]).toMatchObject([0, { found: 2, fresh: 2, missing: [] }]);
  });

  it('ends with 3 when Stripe has none of an id, says what helps then, and takes the others in', async () => {
    await raise(1);
    const [updated = ''] = await idsOf();
    const { code, err, said } = await counted('evt_longAgo', updated);
    expect([code, said]).toMatchObject([3, { found: 1, fresh: 1, missing: ['evt_longAgo'] }]);
    expect(err).toMatch(/evt_longAgo.*30 days.*forbear case recheck/);
  });

  it('with --again dispatches once more what is here', async () => {
    await raise(2);
    await run('--since', since);
    const [told = '', other = ''] = await idsOf();
    await setState(told, 'dispatched');
    await setState(other, 'dispatched');
    const { said } = await counted(told, '--again');
    expect(said).toMatchObject({ found: 1, fresh: 0, known: 1, again: 1 });
    const states = (await rows()).map(({ eventId, state, attempts }) => [eventId, state, attempts]);
    expect(states).toEqual(
      expect.arrayContaining([
        [told, 'pending', 0],
        [other, 'dispatched', 9],
      ]),
    );
  });
});

describe('IN-6 forbear replay of what can’t be read', () => {
  /** Stripe, as it would be if these of its events had a shape that nobody here knows. */
  async function spoilt(ids: readonly string[]): Promise<string> {
    const spoiler = await startSpoiler(fake.base, ids);
    onTestFinished(() => spoiler.stop());
    return spoiler.base;
  }

  it('IN-6 counts it in a span, names it, takes in what stands before and behind it, and fails', async () => {
    await raise(3);
    const [, odd = ''] = await idsOf();
    const base = await spoilt([odd]);
    const { code, err, said } = await countedAt(base, ['--since', since]);
    expect([code, said]).toMatchObject([1, { found: 4, fresh: 2, known: 0, skipped: 1, unreadable: 1 }]);
    expect(said['couldNotRead']).toEqual([{ id: odd, why: expect.stringContaining('livemode') as string }]);
    expect(err).toMatch(new RegExp(`1 event that can’t be read.*${odd}.*after an upgrade`));
    expect((await rows()).map(({ eventId }) => eventId)).not.toContain(odd);
    const again = await runAt(base, ['--since', since, '--again']);
    expect(again.out).toContain('2  here already, 2 of them dispatched once more');
    expect(again.out).toContain('1  unreadable: not taken in');
    expect(again.code).toBe(1);
  });

  it('IN-6 is not concerned with what is of a type that it was not asked for', async () => {
    await raise(1);
    const base = await spoilt(await idsOf('customer.created'));
    const { code, said } = await countedAt(base, ['--since', since]);
    expect([code, said]).toMatchObject([0, { found: 2, fresh: 1, skipped: 1, unreadable: 0 }]);
    const named = await countedAt(base, ['--since', since, '--type', 'customer.created']);
    expect([named.code, named.said]).toMatchObject([1, { found: 1, fresh: 0, unreadable: 1 }]);
  });

  it('IN-6 says plainly of an id that it can’t be read, takes the others in, and goes through after an upgrade', async () => {
    await raise(2);
    const [odd = '', sound = ''] = await idsOf();
    const { code, err, said } = await countedAt(await spoilt([odd]), [odd, sound]);
    expect([code, said]).toMatchObject([1, { found: 2, fresh: 1, unreadable: 1, missing: [] }]);
    expect(err).toContain(`Stripe has 1 event that can’t be read, and nothing of it was taken in: ${odd} (`);
    expect((await rows()).map(({ eventId }) => eventId)).toEqual([sound]);
    expect(await counted(odd)).toMatchObject({ code: 0, said: { found: 1, fresh: 1, unreadable: 0 } });
  });

  it('IN-6 says it beside what Stripe has not', async () => {
    await raise(1);
    const [odd = ''] = await idsOf();
    const { code, err } = await countedAt(await spoilt([odd]), [odd, 'evt_longAgo']);
    expect(code).toBe(3);
    expect(err).toMatch(/no event evt_longAgo/);
    expect(err).toContain(`${odd} (`);
  });
});

describe('forbear replay --dead', () => {
  it('has every event that failed too often dispatched once more, and no other', async () => {
    await raise(2);
    await run('--since', since);
    const [dead = '', settled = ''] = await idsOf();
    await setState(dead, 'dead');
    await setState(settled, 'settled');
    expect((await run('--dead', '--dry-run')).out).toContain('1 event that failed too often would be');
    expect((await run('--dead')).out).toContain('1 event that failed too often: to be dispatched');
    const states = (await rows()).map(({ eventId, state }) => [eventId, state]);
    expect(states).toEqual(
      expect.arrayContaining([
        [dead, 'pending'],
        [settled, 'settled'],
      ]),
    );
    expect((await run('--dead')).out).toBe('No event waits for a person.\n');
  });
});

describe('forbear replay, wrongly used', () => {
  it.each([
    [[], 'name events'],
    [['evt_1', '--since', since], 'name events, or a time'],
    [['--until', since], 'say from when on'],
    [['in_1'], 'begins with evt_'],
    [['--dead', '--again'], '--dead goes alone'],
    [['--since', 'yesterday'], 'not a date'],
    [['--since', since, '--until', since], '--until is not after --since'],
  ])('%j is refused with 2', async (args, says) => {
    const { code, err } = await run(...args);
    expect([code, err]).toEqual([2, expect.stringContaining(says)]);
  });
});
