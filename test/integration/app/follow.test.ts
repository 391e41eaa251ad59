import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ForbearError } from '../../../src/app/errors.js';
import { followAccess, type Following } from '../../../src/app/follow.js';
import { createAccessReader, type AccessReader } from '../../../src/app/reader.js';
import { access, apiKeys } from '../../../src/db/schema.js';
import type { Access } from '../../../src/domain/restrictions.js';
import { aKey, anAccount, startApiSide, type ApiSide, type Known } from '../../support/access-api.js';
import { listen } from '../../support/app-standin.js';
import { eventually } from '../../support/dev-eventually.js';
import { startDatabase, type TestDatabase } from '../../support/stack-database.js';

let stack: TestDatabase;
let side: ApiSide;
let api: Awaited<ReturnType<typeof listen>>;
let key: string;
let reader: AccessReader;
let following: Following;
let problems: ForbearError[];
let asked: number;

beforeAll(async () => {
  stack = await startDatabase('app-follow');
});
afterAll(() => stack.end());
beforeEach(async () => {
  side = await startApiSide(stack);
  api = await listen(side.app);
  key = await aKey(stack);
  [problems, asked] = [[], 0];
  reader = createAccessReader({
    ...{ url: api.url, key },
    fetch: (url, init) => {
      asked += 1;
      return fetch(url, init);
    },
    // Longer than any test: without being told it would see no change.
    maxAgeMs: 3_600_000,
    whenUnknown: 'closed',
    onProblem: (problem) => problems.push(problem),
  });
});
afterEach(async () => {
  following.stop();
  await side.stop();
  await api.close();
});

const follow = (accounts?: readonly string[]) => {
  following = followAccess({
    ...{ url: api.url, key, reader },
    ...(accounts !== undefined && { accounts }),
    retryMs: 50,
    onProblem: (problem) => problems.push(problem),
  });
  return eventually('it is connected', () => side.followers() === 1);
};
const put = ({ id }: Known, level: Access) =>
  stack.database.db
    .insert(access)
    .values({ account: id, access: level })
    .onConflictDoUpdate({ target: access.account, set: { access: level } });
const levelOf = async ({ ref }: Known) => {
  const reading = await reader.read(`ref:${ref}`);
  return reading.isKnown ? reading.answer.access : null;
};
const isSeen = (account: Known, level: Access) =>
  eventually(`${level} is seen`, async () => (await levelOf(account)) === level);

describe.each([
  ['all accounts', (): undefined => undefined],
  ['one by its name', (account: Known) => [`ref:${account.ref}`]],
])('an app that follows %s', (_, named) => {
  it('sees each change, and asks Forbear for nothing meanwhile', async () => {
    const account = await anAccount(stack);
    await follow(named(account));
    expect(await levelOf(account)).toBe('active');
    for (const level of ['read_only', 'suspended', 'active'] as const) {
      await put(account, level);
      await isSeen(account, level);
    }
    const before = asked;
    for (let i = 0; i < 10; i += 1) await levelOf(account);
    expect(asked).toBe(before);
    expect(problems).toEqual([]);
  });
});

describe('an app that follows', () => {
  it('misses nothing of what happens while it is cut off', async () => {
    const account = await anAccount(stack);
    await follow();
    expect(await levelOf(account)).toBe('active');
    await side.stop();
    await eventually('it is cut off', () => side.followers() === 0);
    await put(account, 'suspended');
    await isSeen(account, 'suspended');
  });

  it('is told when its key opens nothing any more', async () => {
    await follow();
    await stack.database.db.update(apiKeys).set({ revokedAt: new Date() });
    await eventually('it is told', () => problems.some(({ code }) => code === 'unauthorized'));
  });
});
