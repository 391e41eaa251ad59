import { expect, it } from 'vitest';
import { usualBreakers, type BreakerRules } from '../../src/domain/breaker.js';
import { HOUR_MS, MINUTE_MS } from '../../src/domain/time.js';
import type { Claims } from '../../src/ports/claims.js';
import { aCase, nameOf, type ClaimsWorld } from './claims-case.js';
import { standingThatIs } from './facts.js';

const five = { most: 5, share: 1, floor: 0 };
/** Five pauses an hour, ten a day, and nothing else that could trip. */
const rules: BreakerRules = {
  ...usualBreakers,
  bounds: { ...usualBreakers.bounds, pause: { hour: five, day: { ...five, most: 10 } } },
  canary: { quietMs: HOUR_MS, lookMs: 0, sizes: [] },
};
const canary = { quietMs: 6 * HOUR_MS, lookMs: MINUTE_MS, sizes: [1, 2] };
const immediate = { afterMs: 0, leadMs: 0, immediate: true, drain: true };

type Of = {
  readonly verdict?: 'owing' | 'clear';
  readonly traits?: Parameters<ClaimsWorld['newAccount']>[0];
};

/** What every guard holds to when many are to be paused at once. */
export function breakersKeepTheirWord(open: () => ClaimsWorld): void {
  async function anInstall(paying = 1_000) {
    const world = open();
    await world.brakes.reset();
    await world.brakes.count({ paying });
    return world;
  }

  /** A pause of an account of its own, asked for under these rules. */
  async function aPause(world: ClaimsWorld, claims: Claims, { verdict, traits }: Of = {}) {
    const one = await aCase(
      traits === undefined ? world : { ...world, newAccount: () => world.newAccount(traits) },
    );
    const standing = standingThatIs(verdict ?? 'owing', await world.now());
    const request = await one.request('pause', { standing });
    const asked = { ...request, policy: { ...request.policy, pause: immediate } };
    return { ...one, claim: () => claims.claim(asked) };
  }

  async function statuses(world: ClaimsWorld, claims: Claims, count: number, of: Of = {}) {
    const seen: string[] = [];
    for (let n = 0; n < count; n += 1) {
      const claim = await (await aPause(world, claims, of)).claim();
      seen.push(claim.status === 'held' ? claim.reason : claim.status);
    }
    return seen;
  }

  it('P-7 trips at the limit of the hour, holds all that follow, and claims nothing for them', async () => {
    const world = await anInstall();
    const claims = world.braked({ breakers: rules });
    expect(await statuses(world, claims, 5)).toEqual(Array.from({ length: 5 }, () => 'granted'));
    const sixth = await aPause(world, claims);
    expect(await sixth.claim()).toEqual({ status: 'held', reason: 'breaker_open', until: null });
    expect(await sixth.audit()).toEqual([]);
    expect(await world.access(sixth.account)).toMatchObject({ access: 'active', version: 0 });
    expect(await world.brakes.tripped('pause')).toBe('hour');
  });

  it('P-7 stays tripped when the hour is over, until a person releases it', async () => {
    const world = await anInstall();
    const claims = world.braked({ breakers: rules });
    await statuses(world, claims, 6);
    await world.wait(2 * HOUR_MS);
    await world.brakes.count({ paying: 1_000 });
    expect(await statuses(world, claims, 1)).toEqual(['breaker_open']);
    await world.brakes.release('pause');
    expect(await world.brakes.tripped('pause')).toBeNull();
    expect(await statuses(world, claims, 6)).toEqual([
      ...Array.from({ length: 5 }, () => 'granted'),
      'breaker_open',
    ]);
  });

  it('P-7 trips for one kind of act alone', async () => {
    const world = await anInstall();
    const claims = world.braked({ breakers: rules });
    await statuses(world, claims, 6);
    expect(await world.brakes.tripped('limit')).toBeNull();
    const reminded = await aPause(world, claims);
    expect(await claims.claim(await reminded.request('remind'))).toMatchObject({ status: 'granted' });
    expect(await reminded.claim()).toMatchObject({ status: 'held', reason: 'breaker_open' });
  });

  it('P-7 counts a rolling hour and a rolling day', async () => {
    const world = await anInstall();
    const claims = world.braked({ breakers: rules });
    await statuses(world, claims, 5);
    await world.wait(HOUR_MS + MINUTE_MS);
    await world.brakes.count({ paying: 1_000 });
    expect(await statuses(world, claims, 5)).not.toContain('breaker_open');
    await world.wait(HOUR_MS + MINUTE_MS);
    await world.brakes.count({ paying: 1_000 });
    expect(await statuses(world, claims, 1)).toEqual(['breaker_open']);
    expect(await world.brakes.tripped('pause')).toBe('day');
  });

  it('P-7 takes zero for zero: nobody is paused where nobody is known to be billed, nor where none is allowed', async () => {
    const world = await anInstall(0);
    expect(await statuses(world, world.braked({ breakers: rules }), 1)).toEqual(['breaker_open']);
    await world.brakes.reset();
    await world.brakes.count({ paying: 1_000 });
    const none = { most: 0, share: 1, floor: 100 };
    const bounds = { ...rules.bounds, pause: { hour: none, day: none } };
    expect(await statuses(world, world.braked({ breakers: { ...rules, bounds } }), 1)).toEqual([
      'breaker_open',
    ]);
  });

  it('P-7 counts an act once, however often it is claimed', async () => {
    const world = await anInstall();
    const claims = world.braked({ breakers: rules });
    const one = await aPause(world, claims);
    for (let n = 0; n < 8; n += 1) expect((await one.claim()).status).toBe('granted');
    expect(await statuses(world, claims, 4)).not.toContain('breaker_open');
  });

  it('P-8 never holds what gives back', async () => {
    const world = await anInstall();
    const claims = world.braked({ breakers: rules });
    const paused = await aPause(world, claims);
    await paused.claim();
    await statuses(world, claims, 6);
    expect(await world.brakes.tripped('pause')).not.toBeNull();
    expect((await claims.claim(await paused.request('lift'))).status).toBe('granted');
  });

  it('P-7 lets what was announced long before exceed the limit by its own number', async () => {
    const world = await anInstall();
    await world.brakes.count({ paying: 1_000, forecast: 20 });
    const seen = await statuses(world, world.braked({ breakers: rules }), 23);
    expect(seen.indexOf('breaker_open')).toBe(22);
  });

  it('P-7 lets a person allow an exact number on top, and no more', async () => {
    const world = await anInstall();
    const claims = world.braked({ breakers: rules });
    await world.brakes.allow('pause', 2, (await world.now()) + HOUR_MS);
    expect((await statuses(world, claims, 8)).indexOf('breaker_open')).toBe(7);
  });

  it('IN-5 sends one ahead, then a few, and the rest only when these are done and were looked at', async () => {
    const world = await anInstall();
    const claims = world.braked({ breakers: { ...rules, canary } });
    const first = await aPause(world, claims);
    const granted = await first.claim();
    expect(granted.status).toBe('granted');
    expect(await statuses(world, claims, 2)).toEqual(['canary', 'canary']);
    await world.wait(2 * MINUTE_MS);
    // It is not done yet.
    expect(await statuses(world, claims, 1)).toEqual(['canary']);
    if (granted.status === 'granted')
      await claims.settle(first.key('pause'), granted.fence, { evidence: 'off' });
    expect(await statuses(world, claims, 3)).toEqual(['granted', 'granted', 'canary']);
  });

  it('IN-5 trips when more accounts are selected at once than any honest day selects', async () => {
    const world = await anInstall(100);
    const selected = { share: 0.02, least: 3 };
    const claims = world.braked({ breakers: { ...rules, canary, selected } });
    expect(await statuses(world, claims, 5)).toEqual([
      'granted',
      'canary',
      'canary',
      'breaker_open',
      'breaker_open',
    ]);
    expect(await world.brakes.tripped('pause')).toBe('selected');
  });

  it('IN-5 trips when too many of those that were due turn out to owe nothing', async () => {
    const world = await anInstall();
    const claims = world.braked({ breakers: { ...rules, vetoed: { share: 0.2, least: 5 } } });
    expect(await statuses(world, claims, 3)).not.toContain('breaker_open');
    expect(await statuses(world, claims, 2, { verdict: 'clear' })).toEqual(['void', 'void']);
    expect(await statuses(world, claims, 1)).toEqual(['breaker_open']);
    expect(await world.brakes.tripped('pause')).toBe('vetoed');
  });

  it.each([
    { trait: 'country', rare: { country: 'DE' }, usual: { country: 'FR' } },
    { trait: 'plan', rare: { plan: 'team' }, usual: { plan: 'free' } },
  ])('IN-5 trips when a batch is of one $trait that is not everybody’s', async ({ rare, usual }) => {
    const world = await anInstall();
    await world.brakes.count({
      paying: 1_000,
      countries: { DE: 200, FR: 800 },
      plans: { team: 200, free: 800 },
    });
    const claims = world.braked({ breakers: { ...rules, alike: { share: 0.8, least: 4, home: 0.5 } } });
    expect(await statuses(world, claims, 4, { traits: rare })).toEqual([
      'granted',
      'granted',
      'granted',
      'breaker_open',
    ]);
    await world.brakes.reset();
    expect(await statuses(world, claims, 4, { traits: usual })).not.toContain('breaker_open');
  });

  it('P-7 stops between two calls on the world what takes, and nothing that gives, once all is frozen', async () => {
    const world = await anInstall();
    let isFrozen = false;
    const claims = world.braked({ isFrozenByFile: () => isFrozen });
    const paused = await aPause(world, claims);
    const granted = await paused.claim();
    if (granted.status !== 'granted') throw new Error(`not granted: ${nameOf(paused.key('pause'))}`);
    await expect(claims.checkFence(paused.key('pause'), granted.fence)).resolves.toBeUndefined();
    isFrozen = true;
    await expect(claims.checkFence(paused.key('pause'), granted.fence)).rejects.toMatchObject({
      code: 'FENCED',
    });
    expect(await statuses(world, claims, 1)).toEqual(['frozen']);
    const lift = await claims.claim(await paused.request('lift'));
    if (lift.status !== 'granted') throw new Error('a lift was held');
    await expect(claims.checkFence(paused.key('lift'), lift.fence)).resolves.toBeUndefined();
  });
}
