import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHttpTarget } from '../../src/adapters/http/target.js';
import { createMemoryTarget, type TargetMethod } from '../../src/adapters/memory/target.js';
import { asAccountId } from '../../src/domain/ids.js';
import type { Resource, Target } from '../../src/ports/target.js';
import { runChecks } from '../../src/targets/verify/check.js';
import { checksForGood } from '../../src/targets/verify/for-good.js';
import { lifeChecks, listCheck, lookCheck } from '../../src/targets/verify/life.js';
import { createScene } from '../../src/targets/verify/scene.js';
import { startTestPlatform } from '../support/platform.js';

/** One platform with a target in front of it, and what a test has to do behind the target's back. */
type World = {
  readonly target: Target;
  seed(ref: string, sizes: Record<string, number>): Promise<void>;
  sizes(ref: string): Promise<Record<string, number>>;
  /** The customer scales on his own; resolves to whether the platform let him. */
  customerScales(ref: string, id: string, size: number): Promise<boolean>;
  /** The customer starts something new; resolves to whether the platform let him. */
  customerLaunches(ref: string, id: string): Promise<boolean>;
  /** Whether nothing runs on it any more, whatever its size. */
  isIdle(ref: string, id: string): Promise<boolean>;
  vanish(ref: string, id: string): Promise<void>;
  /** An archive can't be read back any more as it was taken. */
  spoilArchive(ref: string, id: string): Promise<void>;
  makeDrainsSlow(): Promise<void>;
  failNext(method: TargetMethod, executed: boolean): void;
  takeDown(): Promise<void>;
  close(): Promise<void>;
};

const account = { id: asAccountId('6f2c1a52-6a0e-4f7e-9d3b-0d6a1f0f7c11'), ref: 'acme', fence: 1 };
const web: Resource = { id: 'web', kind: 'instance' };
const methods = [
  'find',
  'snapshot',
  'drain',
  'pause',
  'lock',
  'probe',
  'resume',
  'unlock',
  'archive',
  'verifyArchive',
  'decommission',
] as const;
const notVerified = { code: 'NOT_VERIFIED' };
const unavailable = { code: 'TARGET_UNAVAILABLE' };

function memoryWorld(): Promise<World> {
  let slow = false;
  const never = new Promise<void>(() => undefined);
  const target = createMemoryTarget({ drainMs: 1, sleep: () => (slow ? never : Promise.resolve()) });
  return Promise.resolve({
    target,
    seed: (ref, sizes) =>
      Promise.resolve(
        target.seed(
          ref,
          Object.entries(sizes).map(([id, size]) => ({ id, size })),
        ),
      ),
    sizes: (ref) => Promise.resolve(target.sizes(ref)),
    customerScales: (ref, id, size) => Promise.resolve(isLet(() => target.scale(ref, id, size))),
    customerLaunches: (ref, id) => Promise.resolve(isLet(() => target.launch(ref, id, 1))),
    isIdle: (ref, id) => Promise.resolve(target.isDrained(ref, id)),
    vanish: (ref, id) => Promise.resolve(target.vanish(ref, id)),
    spoilArchive: (ref, id) => Promise.resolve(target.spoilArchive(ref, id)),
    makeDrainsSlow: () => {
      slow = true;
      return Promise.resolve();
    },
    failNext: (method, executed) => target.failNext(method, 'TARGET_UNAVAILABLE', executed),
    takeDown: () =>
      Promise.resolve(methods.forEach((method) => target.failNext(method, 'TARGET_UNAVAILABLE'))),
    close: () => Promise.resolve(),
  });
}

function isLet(doing: () => void): boolean {
  try {
    doing();
    return true;
  } catch {
    return false;
  }
}

async function httpWorld(): Promise<World> {
  const platform = await startTestPlatform();
  const target = createHttpTarget({
    name: 'platform',
    base: platform.base,
    token: platform.token,
    allowPrivate: true,
    timeoutMs: 2_000,
  });
  const requestOf = (method: TargetMethod): RegExp => {
    if (method === 'find') return /^GET .*\/resources$/;
    if (method === 'snapshot' || method === 'probe') return /^GET .*\/resources\/[^/]+$/;
    if (method === 'verifyArchive') return /^POST .*\/archives\/[^/]+\/verify$/;
    return new RegExp(`^POST .*/${method}$`);
  };
  return {
    ...platform,
    target,
    customerScales: async (ref, id, size) => {
      const status = await platform.scale(ref, id, size);
      expect([200, 423]).toContain(status);
      return status === 200;
    },
    customerLaunches: async (ref, id) => (await platform.launch(ref, id, 1)) === 201,
    isIdle: async (ref, id) => (await platform.runningTasks(ref, id)) === 0,
    makeDrainsSlow: () => platform.setDrainMs(account.ref, 60_000),
    failNext: (method, executed) =>
      platform.failNext(
        requestOf(method),
        executed ? 'lost_answer' : { status: 500, body: '{"resources":[],"next":null}' },
      ),
    takeDown: () => platform.close(),
  };
}

const worlds = [
  { name: 'memory', start: memoryWorld },
  { name: 'http', start: httpWorld },
];

describe.each(worlds)('target: $name', ({ start }) => {
  let world: World;
  let target: Target;
  const noAbort = new AbortController().signal;
  const probe = () => target.probe(account, web);
  const untilServing = () =>
    vi.waitFor(async () => expect(await probe()).toBe('serving'), { timeout: 3_000, interval: 20 });

  const call: Record<TargetMethod, () => Promise<unknown>> = {
    find: () => target.find(account),
    snapshot: () => target.snapshot(account, web),
    drain: () => target.drain(account, web, noAbort),
    pause: () => target.pause(account, web),
    lock: () => target.lock(account, web),
    probe,
    resume: async () => target.resume(account, web, saved),
    unlock: () => target.unlock(account, web),
    archive: () => target.archive(account, web),
    verifyArchive: () => target.verifyArchive(account, web, archived),
    decommission: () => target.decommission(account, web),
  };
  let saved: Readonly<Record<string, unknown>> = {};
  let archived = '';
  const save = async () => {
    saved = (await target.snapshot(account, web)) ?? {};
    archived = (await target.archive(account, web)).location;
  };

  beforeEach(async () => {
    world = await start();
    ({ target } = world);
    await world.seed(account.ref, { web: 3, jobs: 7, spare: 0 });
    await world.seed('other', { web: 5 });
    await save();
  });
  afterEach(async () => {
    await world.close();
  });

  it('TT-3 drains every instance, scales it to 0, remembers its former size and locks it', async () => {
    const snapshots = new Map<string, Readonly<Record<string, unknown>> | null>();
    await untilServing();
    expect(await world.isIdle(account.ref, 'web')).toBe(false);
    const resources = await target.find(account);
    for (const resource of resources) {
      const sizesBefore = await world.sizes(account.ref);
      snapshots.set(resource.id, await target.snapshot(account, resource));
      await target.drain(account, resource, noAbort);
      expect(await world.isIdle(account.ref, resource.id)).toBe(true);
      expect(await world.sizes(account.ref)).toEqual(sizesBefore);
      await target.pause(account, resource);
      await target.lock(account, resource);
    }
    expect(await world.sizes(account.ref)).toEqual({ web: 0, jobs: 0, spare: 0 });
    for (const resource of resources) {
      expect(await target.probe(account, resource)).toBe('off_and_locked');
      expect(await world.customerScales(account.ref, resource.id, 1)).toBe(false);
    }
    expect(await world.customerLaunches(account.ref, 'another')).toBe(false);
    expect(await world.sizes(account.ref)).toEqual({ web: 0, jobs: 0, spare: 0 });
    expect(await world.sizes('other')).toEqual({ web: 5 });
    expect([...snapshots].map(([id, state]) => [id, state?.['size']])).toEqual([
      ['web', 3],
      ['jobs', 7],
      ['spare', 0],
    ]);

    for (const resource of resources) {
      await target.resume(account, resource, snapshots.get(resource.id) ?? {});
      await target.unlock(account, resource);
    }
    expect(await world.sizes(account.ref)).toEqual({ web: 3, jobs: 7, spare: 0 });
  });

  it('finds every resource of the account, also those that are off, and none of another account', async () => {
    expect(await target.find(account)).toEqual([
      { id: 'web', kind: 'instance' },
      { id: 'jobs', kind: 'instance' },
      { id: 'spare', kind: 'instance' },
    ]);
  });

  it('finds nothing, without an error, for an account with zero resources', async () => {
    expect(await target.find({ ...account, ref: 'empty' })).toEqual([]);
  });

  it('finds more resources than a platform lists at a time', async () => {
    await world.seed('large', Object.fromEntries(Array.from({ length: 230 }, (_, i) => [`i${i}`, 1])));
    const found = await target.find({ ...account, ref: 'large' });
    expect(new Set(found.map((r) => r.id)).size).toBe(230);
  });

  it('passes every check that a platform is held to through the port, and ends where it began', async () => {
    const { signal } = new AbortController();
    const scene = createScene({ target, account, waitMs: 3_000, signal });
    const checks = [listCheck, lookCheck, ...lifeChecks, ...checksForGood('jobs')];
    for await (const result of runChecks(checks, scene, signal))
      expect(result).toMatchObject({ outcome: 'ok' });
    expect(await world.sizes(account.ref)).toEqual({ web: 3, spare: 0 });
    expect(await world.sizes('other')).toEqual({ web: 5 });
  });

  it('keeps the size while it drains and no longer counts as serving', async () => {
    await untilServing();
    await target.drain(account, web, noAbort);
    expect(await probe()).toBe('in_between');
    expect(await world.sizes(account.ref)).toMatchObject({ web: 3 });
  });

  it('ends a drain within a second of the abort, with the reason of the abort', async () => {
    await world.makeDrainsSlow();
    const controller = new AbortController();
    const reason = new Error('a payment landed');
    const drain = target.drain(account, web, controller.signal);
    setTimeout(() => controller.abort(reason), 100);
    const startedAt = performance.now();
    await expect(drain).rejects.toBe(reason);
    expect(performance.now() - startedAt).toBeLessThan(1_100);
  });

  it('begins no drain when it is aborted already', async () => {
    await untilServing();
    const reason = new Error('paid');
    await expect(target.drain(account, web, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(await probe()).toBe('serving');
  });

  it('gives back a drain that was cut short', async () => {
    await world.makeDrainsSlow();
    await expect(target.drain(account, web, AbortSignal.timeout(50))).rejects.toThrow();
    await target.resume(account, web, saved);
    await untilServing();
    expect(await world.sizes(account.ref)).toEqual({ web: 3, jobs: 7, spare: 0 });
  });

  it('tells apart what is serving, off, off and locked, and in between', async () => {
    await untilServing();
    await target.pause(account, web);
    expect(await probe()).toBe('off');
    await target.lock(account, web);
    expect(await probe()).toBe('off_and_locked');
    await target.resume(account, web, saved);
    expect(await probe()).toBe('in_between');
    await target.unlock(account, web);
    await untilServing();
  });

  it('refuses the customer any change of a locked resource and lets him again once it is unlocked', async () => {
    await target.lock(account, web);
    expect(await world.customerScales(account.ref, 'web', 9)).toBe(false);
    expect(await world.customerScales('other', 'web', 9)).toBe(true);
    await target.unlock(account, web);
    expect(await world.customerScales(account.ref, 'web', 9)).toBe(true);
  });

  it('leaves everything as one call does when each is repeated', async () => {
    for (const action of ['drain', 'pause', 'lock'] as const) {
      await call[action]();
      await call[action]();
    }
    expect(await probe()).toBe('off_and_locked');
    for (const action of ['resume', 'unlock', 'resume', 'unlock'] as const) await call[action]();
    await untilServing();
    await target.resume(account, web, saved);
    expect(await probe()).toBe('serving');
    expect(await world.sizes(account.ref)).toEqual({ web: 3, jobs: 7, spare: 0 });
    expect(await call.archive()).toEqual(await call.archive());
    await call.decommission();
    await call.decommission();
    expect(await probe()).toBe('gone');
    expect(await world.sizes(account.ref)).toEqual({ jobs: 7, spare: 0 });
  });

  it('takes a resource that vanished for gone and not for an error', async () => {
    await world.vanish(account.ref, 'web');
    expect(await probe()).toBe('gone');
    expect(await target.snapshot(account, web)).toBeNull();
    for (const action of ['drain', 'pause', 'lock', 'resume', 'unlock', 'decommission'] as const)
      await call[action]();
    expect(await probe()).toBe('gone');
    await expect(call.archive()).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
    expect((await target.find(account)).map((r) => r.id)).toEqual(['jobs', 'spare']);
  });

  it('deletes for good what was archived, and the archive outlives it', async () => {
    await call.pause();
    await call.lock();
    const { location } = await target.archive(account, web);
    const evidence = await target.verifyArchive(account, web, location);
    expect(evidence).toMatch(/sha256/);
    expect(evidence).not.toContain(account.ref);
    await call.decommission();
    expect(await probe()).toBe('gone');
    expect((await target.find(account)).map((r) => r.id)).toEqual(['jobs', 'spare']);
    expect(await world.sizes('other')).toEqual({ web: 5 });
    expect(await target.verifyArchive(account, web, location)).toBe(evidence);
    await call.decommission();
    expect(await target.verifyArchive(account, web, location)).toBe(evidence);
    await world.spoilArchive(account.ref, 'web');
    await expect(call.verifyArchive()).rejects.toMatchObject(notVerified);
  });

  it('takes an archive as often as it is asked to, in one place, and a new one heals a spoiled one', async () => {
    await untilServing();
    await world.spoilArchive(account.ref, 'web');
    await expect(call.verifyArchive()).rejects.toMatchObject(notVerified);
    expect(await target.archive(account, web)).toEqual({ location: archived });
    expect(await target.archive(account, web)).toEqual({ location: archived });
    await call.verifyArchive();
    await call.verifyArchive();
    expect(await probe()).toBe('serving');
    expect(await world.sizes(account.ref)).toEqual({ web: 3, jobs: 7, spare: 0 });
  });

  it('verifies no archive that was never taken, of another resource, or of another account', async () => {
    const jobs: Resource = { id: 'jobs', kind: 'instance' };
    const other = { ...account, ref: 'other' };
    await expect(target.verifyArchive(account, jobs, archived)).rejects.toMatchObject(notVerified);
    await expect(target.verifyArchive(other, web, archived)).rejects.toMatchObject(notVerified);
    await expect(target.verifyArchive(account, web, 'nowhere')).rejects.toMatchObject(notVerified);
    const place = (await target.archive(account, jobs)).location;
    await expect(target.verifyArchive(account, web, place)).rejects.toMatchObject(notVerified);
    await world.vanish('other', 'web');
    await expect(target.archive(other, web)).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
    await expect(target.verifyArchive(other, web, archived)).rejects.toMatchObject(notVerified);
  });

  it('refuses to put back what is no state of its own', async () => {
    await expect(target.resume(account, web, { nonsense: true })).rejects.toMatchObject({
      code: 'TARGET_REFUSED',
    });
    expect(await world.sizes(account.ref)).toMatchObject({ web: 3 });
  });

  it.each(methods)(
    'throws TARGET_UNAVAILABLE from %s, never "none", when the platform fails',
    async (method) => {
      world.failNext(method, false);
      await expect(call[method]()).rejects.toMatchObject(unavailable);
      expect(await world.sizes(account.ref)).toEqual({ web: 3, jobs: 7, spare: 0 });
      expect(await world.customerScales(account.ref, 'web', 3)).toBe(true);
    },
  );

  it('throws TARGET_UNAVAILABLE from every method when the platform is down', async () => {
    await world.takeDown();
    for (const method of methods) await expect(call[method]()).rejects.toMatchObject(unavailable);
  });

  it.each([
    'drain',
    'pause',
    'lock',
    'resume',
    'unlock',
    'archive',
    'verifyArchive',
    'decommission',
  ] as const)(
    'ends where one %s ends when the first was executed but its answer was lost',
    async (method) => {
      if (method === 'resume' || method === 'unlock') {
        await target.pause(account, web);
        await target.lock(account, web);
      }
      world.failNext(method, true);
      await expect(call[method]()).rejects.toMatchObject(unavailable);
      await call[method]();
      if (method === 'unlock') await call.resume();
      const ends = {
        drain: 'in_between',
        pause: 'off',
        lock: 'in_between',
        resume: 'in_between',
        decommission: 'gone',
      } as const;
      if (method === 'unlock' || method === 'archive' || method === 'verifyArchive') await untilServing();
      else expect(await probe()).toBe(ends[method]);
      expect(await world.sizes(account.ref)).toMatchObject({ jobs: 7, spare: 0 });
    },
  );
});

describe('the memory target', () => {
  it('tells what Forbear deleted from what vanished, and what each archive holds', async () => {
    const target = createMemoryTarget();
    target.seed('acme', [
      { id: 'web', size: 3 },
      { id: 'jobs', size: 7 },
    ]);
    await target.archive(account, web);
    await target.decommission(account, web);
    await target.decommission(account, web);
    target.vanish('acme', 'jobs');
    expect(target.deleted('acme')).toEqual(['web']);
    expect(target.archived('acme', 'web')).toContain('"size":3');
    expect(target.archived('acme', 'jobs')).toBeNull();
  });
});
