import { Hono } from 'hono';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ForbearError } from '../../../src/app/errors.js';
import { createForbearClient } from '../../../src/app/forbear-client.js';
import { forbear } from '../../../src/app/hono.js';
import { createAccessReader, type AccessReader, type ReaderOptions } from '../../../src/app/reader.js';
import { access } from '../../../src/db/schema.js';
import type { Access } from '../../../src/domain/restrictions.js';
import { aKey, anAccount, startApiSide, type ApiSide, type Known } from '../../support/access-api.js';
import { listen } from '../../support/app-standin.js';
import { eventually } from '../../support/dev-eventually.js';
import { startDatabase, type TestDatabase } from '../../support/stack-database.js';

let stack: TestDatabase;
let side: ApiSide;
let api: Awaited<ReturnType<typeof listen>>;
let key: string;
let known: Known;
let problems: ForbearError[];
let statuses: number[];

beforeAll(async () => {
  stack = await startDatabase('real-api');
  side = await startApiSide(stack);
  api = await listen(side.app);
  key = await aKey(stack);
});
afterAll(async () => {
  await api?.close();
  await side?.stop();
  await stack?.end();
});
beforeEach(async () => {
  known = await anAccount(stack);
  [problems, statuses] = [[], []];
});

type Choices = Partial<Pick<ReaderOptions, 'whenUnknown' | 'whenNotFound' | 'maxAgeMs'>>;
type Where = { readonly url?: string; readonly key?: string };

function readerWith({ whenUnknown = 'closed', ...choices }: Choices = {}, where: Where = {}): AccessReader {
  return createAccessReader({
    url: api.url,
    key,
    ...where,
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      statuses.push(response.status);
      return response;
    },
    maxAgeMs: 0,
    whenUnknown,
    ...choices,
    onProblem: (problem) => problems.push(problem),
  });
}

/** An app that asks by this reader, and what it answers to a request of an account. */
function appWith(reader: AccessReader) {
  const account = (account: string) => ({ 'x-account': account });
  const app = new Hono();
  app.use(forbear({ reader, account: (c) => c.req.header('x-account'), exports: ['/export/*'] }));
  app.all('*', (c) => c.text('let in'));
  return async (name: string, path = '/projects', method = 'GET') =>
    (await app.request(path, { method, headers: account(name) })).status;
}

const restrict = ({ id }: Known, level: Access) => {
  const restrictions =
    level === 'active'
      ? []
      : [{ reason: 'nonpayment' as const, access: level, owner: 'forbear', evidence: 'in_1', since: 0 }];
  return stack.database.db
    .insert(access)
    .values({ account: id, access: level, restrictions })
    .onConflictDoUpdate({ target: access.account, set: { access: level, restrictions } });
};

/** What each choice makes of an account of which nothing can be known: let in, or kept out with which status. */
async function choicesFor(name: string, where: Where = {}): Promise<Record<'open' | 'closed', number>> {
  const statusWith = (choices: Choices) => appWith(readerWith(choices, where))(name);
  return { open: await statusWith({ whenUnknown: 'open' }), closed: await statusWith({}) };
}

describe('forbear/client and the api', () => {
  it('mean the same by every answer: access, account and page', async () => {
    await restrict(known, 'suspended');
    const client = createForbearClient({ url: api.url, key });
    const odd = await anAccount(stack, `eu/${known.ref} & söhne?#100%`);
    for (const { id, ref, customer } of [known, odd])
      for (const name of [id, `ref:${ref}`, ref, customer]) {
        const { body } = await side.access(name);
        expect(await client.access(name)).toEqual(body);
        expect(await client.account(name)).toMatchObject({ id, ref, customers: [customer] });
      }
    const page = await client.accounts({ access: 'suspended', limit: 1 });
    expect(page.accounts).toMatchObject([{ id: known.id, access: 'suspended' }]);
  });

  it('say by the version that nothing has changed, and what has', async () => {
    const reader = readerWith();
    for (let read = 0; read < 3; read += 1)
      expect(await reader.read(known.id)).toMatchObject({ isStale: false, answer: { access: 'active' } });
    expect(statuses).toEqual([200, 304, 304]);
    await restrict(known, 'read_only');
    await eventually('the change', async () => {
      const reading = await reader.read(known.id);
      return reading.isKnown && reading.answer.access === 'read_only';
    });
    expect(statuses.at(-1)).toBe(200);
    expect(problems).toEqual([]);
  });
});

describe('the middleware and the api', () => {
  it('take from an account what its access takes, and give it back when that is lifted', async () => {
    const ask = appWith(readerWith({ maxAgeMs: 50 }));
    // GET, POST and the export.
    const statusesOf = async () => [
      await ask(known.id),
      await ask(known.id, '/projects', 'POST'),
      await ask(known.id, '/export/all', 'POST'),
    ];
    for (const [level, expected] of [
      ['active', [200, 200, 200]],
      ['read_only', [200, 402, 200]],
      ['suspended', [402, 402, 200]],
      ['revoked', [402, 402, 402]],
      ['active', [200, 200, 200]],
    ] as const) {
      await restrict(known, level);
      await eventually(level, async () => (await statusesOf()).join() === expected.join());
    }
    expect(problems).toEqual([]);
  });

  it('treat an account that Forbear does not know as was chosen for it', async () => {
    expect(await choicesFor('ref:nobody')).toEqual({ open: 200, closed: 403 });
    const statusWith = (choices: Choices) => appWith(readerWith(choices))('ref:nobody');
    expect(await statusWith({ whenUnknown: 'open', whenNotFound: 'closed' })).toBe(403);
    expect(await statusWith({ whenUnknown: 'closed', whenNotFound: 'open' })).toBe(200);
    expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(['not_found']));
    expect(problems[0]?.detail).toContain('forbear account add');
  });

  it('know an account as soon as it is there', async () => {
    const reader = readerWith();
    const name = `ref:${known.ref}-later`;
    expect(await reader.read(name)).toMatchObject({ isKnown: false });
    await anAccount(stack, `${known.ref}-later`);
    await eventually('it is known', async () => (await reader.read(name)).isKnown);
  });

  it.each([
    ['a wrong key', () => Promise.resolve(`fb_test_${'0'.repeat(40)}`), 'unauthorized', 401],
    ['a key for something else', () => aKey(stack, { scopes: ['accounts:read'] }), 'forbidden', 403],
  ] as const)(
    'leave it to the operator what happens with %s, and tell him',
    async (_, wrong, code, status) => {
      const where = { key: await wrong() };
      expect(await choicesFor(known.id, where)).toEqual({ open: 200, closed: 503 });
      expect(problems.map((problem) => [problem.code, problem.status])).toEqual([
        [code, status],
        [code, status],
      ]);
      expect(problems[0]?.detail).toContain('forbear key');
    },
  );

  it('go on with what was known beyond the limit of a key', async () => {
    const tight = await startApiSide(stack, { env: { FORBEAR_API_RATE: '1' } });
    const tightApi = await listen(tight.app);
    const reader = readerWith({}, { url: tightApi.url, key: await aKey(stack) });
    await restrict(known, 'suspended');
    expect(await appWith(reader)(known.id)).toBe(402);
    expect(await reader.read(known.id)).toMatchObject({ isStale: true, answer: { access: 'suspended' } });
    // Of another account nothing was known before.
    expect(await appWith(reader)((await anAccount(stack)).id)).toBe(503);
    expect(statuses).toEqual([200, 429, 429]);
    expect(problems.map(({ code }) => code)).toEqual(['rate_limited', 'rate_limited']);
    for (const { retryAfterMs } of problems) {
      expect(retryAfterMs).toBeGreaterThan(0);
      expect(retryAfterMs).toBeLessThanOrEqual(60_000);
    }
    await tightApi.close();
    await tight.stop();
  });
});

describe('while the database is down', () => {
  it('the api says so before the client has waited long enough', async () => {
    const readAccess = () => () => new Promise<never>(() => undefined);
    const stuck = await startApiSide(stack, { readAccess });
    const stuckApi = await listen(stuck.app);
    expect(await choicesFor(known.id, { url: stuckApi.url })).toEqual({ open: 200, closed: 503 });
    expect(problems.map(({ code, status }) => [code, status])).toEqual([
      ['unavailable', 503],
      ['unavailable', 503],
    ]);
    await stuckApi.close();
    await stuck.stop();
  });

  it('what was known counts, nothing else is, and all is right again once it is back', async () => {
    const reader = readerWith();
    const ask = appWith(reader);
    await restrict(known, 'suspended');
    await eventually('it is seen', async () => (await ask(known.id)) === 402);
    const other = await anAccount(stack);

    await stack.server.down();
    await eventually('the api has noticed', () => !side.feed.isLive());
    expect(await reader.read(known.id)).toMatchObject({ isStale: true, answer: { access: 'suspended' } });
    expect(await ask(known.id, '/export/all')).toBe(200);
    expect(await choicesFor(other.id)).toEqual({ open: 200, closed: 503 });
    expect(new Set(problems.map(({ code, status }) => `${code} ${status}`))).toEqual(
      new Set(['unavailable 503']),
    );

    await stack.server.up();
    await restrict(known, 'active');
    await eventually('the payer is let in', async () => (await ask(known.id)) === 200);
    expect(await reader.read(known.id)).toMatchObject({ isStale: false });
  });
});
