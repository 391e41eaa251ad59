import { expect, it } from 'vitest';
import { fallbackChangeOf } from '../../src/domain/fallback.js';
import type { Act, Step } from '../../src/domain/effect.js';
import { asApprovalId } from '../../src/domain/ids.js';
import type { FallbackPlan } from '../../src/domain/policy.js';
import type { SubscriptionState } from '../../src/domain/standing.js';
import { HOUR_MS, SECOND_MS } from '../../src/domain/time.js';
import { aCase, exemptUntil, untoldPolicy, type ClaimsWorld, type RequestChanges } from './claims-case.js';
import { invoiceFact, standingOf, subscriptionId } from './facts.js';

const free: FallbackPlan = { plan: 'free', limits: { seats: 1, projects: 3, a: 2 } };
const policy = { ...untoldPolicy, fallbackPlan: free };

const lift = (leaves: 'nothing' | 'fallback' | 'ended') =>
  fallbackChangeOf({ step: 'lift', round: 1, from: 'nonpayment', leaves });
const close = (topic: Extract<Act, { step: 'close' }>['topic']) =>
  fallbackChangeOf({ step: 'close', round: 1, topic });
const deletion = { step: 'decommission', round: 1, approval: asApprovalId('any') } as const;

/** A case under a policy with a fallback plan, and short words for what its acts mean for that. */
async function aFallingCase(world: ClaimsWorld) {
  const acting = await aCase(world);
  const { account, claim } = acting;
  const standing = async (state: SubscriptionState, { owed = true, ageMs = 0 } = {}) =>
    standingOf(owed ? [invoiceFact()] : [], (await world.now()) - ageMs, { state });
  const take = async (step: 'limit' | 'pause', state: SubscriptionState, changes: RequestChanges = {}) =>
    claim(step, { policy, standing: await standing(state), fallback: 'falls', ...changes });
  const give = (step: Extract<Step, 'lift' | 'close'>, changes: RequestChanges) =>
    claim(step, { policy, standing: null, ...changes });
  const worth = async () => (await world.access(account)).fallback;
  return { ...acting, standing, take, give, worth };
}

/** What access is worth changes only with an act that is granted, in the same transaction. */
export function fallbacksKeepTheirWord(open: () => ClaimsWorld): void {
  itFalls(open);
  itIsHeld(open);
  itComesBack(open);
}

function itFalls(open: () => ClaimsWorld): void {
  it.each([
    ['SUB-1 not with one that is live, which past_due is', 'live', null],
    ['SUB-2 with one that is unpaid', 'unpaid', free],
    ['SUB-2 EC-2 with one that was canceled', 'ended', free],
    ['not with one that is paused', 'paused', null],
  ] as const)(
    'lets the plan fall with what is taken, by the subscription: %s',
    async (_, state, expected) => {
      for (const step of ['limit', 'pause'] as const) {
        const { take, worth, tracks } = await aFallingCase(open());
        expect(await take(step, state)).toMatchObject({ status: 'granted' });
        expect(await worth()).toEqual(expected);
        expect((await tracks()).fallback).toBe(expected !== null);
      }
    },
  );

  it('EC-2 lets the plan fall with a deletion that is granted', async () => {
    const { warn, ask, decide, claim, standing, worth } = await aFallingCase(open());
    await warn(1, -HOUR_MS, 'decommission');
    const approval = await ask();
    const changes = async () => ({
      ...{ policy, approval: approval.id, fallback: fallbackChangeOf(deletion) },
      standing: await standing('ended'),
    });
    expect(await claim('decommission', await changes())).toMatchObject({ reason: 'approval_missing' });
    expect(await worth()).toBeNull();
    await decide(approval, true);
    expect(await claim('decommission', await changes())).toMatchObject({ status: 'granted' });
    expect(await worth()).toEqual(free);
  });

  it('EC-1 leaves the plan of an account whose first payment failed in checkout, whatever else it owes', async () => {
    const { take, worth, world } = await aFallingCase(open());
    const other = invoiceFact({ subscription: null });
    const standing = standingOf([invoiceFact(), other], await world.now(), { state: 'incomplete' });
    expect(await take('pause', 'incomplete', { standing })).toMatchObject({ status: 'granted' });
    expect(await worth()).toBeNull();
  });

  it('SUB-2 leaves the plan where another subscription lives, or none was ever there', async () => {
    const { take, worth, world } = await aFallingCase(open());
    const now = await world.now();
    const another = { ...standingOf([], now).subscriptions[0]!, state: 'live' as const };
    const ended = standingOf([invoiceFact()], now, { state: 'ended' });
    const subscriptions = [...ended.subscriptions, another].map((one, index) => ({
      ...one,
      id: index === 0 ? subscriptionId : (`${subscriptionId}_2` as typeof subscriptionId),
    }));
    await take('limit', 'ended', { standing: { ...ended, subscriptions } });
    expect(await worth()).toBeNull();
    const byInvoice = standingOf([invoiceFact({ subscription: null })], now, { subscriptions: [] });
    expect(await take('pause', 'ended', { standing: byInvoice })).toMatchObject({ status: 'granted' });
    expect(await worth()).toBeNull();
  });

  it('raises the version once for all that one act takes, and says in the log to what it fell', async () => {
    const { take, worth, world, account, audit } = await aFallingCase(open());
    await take('pause', 'ended');
    await take('pause', 'ended');
    expect(await world.access(account)).toMatchObject({ version: 1, access: 'suspended', fallback: free });
    expect((await audit()).map(({ body }) => body)).toMatchObject([{ fallback: free }]);
    await take('limit', 'ended');
    expect((await world.access(account)).version).toBe(1);
    expect((await audit())[1]?.body).not.toHaveProperty('fallback');
    expect(await worth()).toEqual(free);
  });

  it('falls further to another policy’s plan, and stays fallen under one that names none', async () => {
    const { take, worth } = await aFallingCase(open());
    await take('limit', 'ended');
    await take('pause', 'ended', { policy: untoldPolicy });
    expect(await worth()).toEqual(free);
    const starter = { plan: 'starter', limits: {} };
    await take('pause', 'ended', { round: 2, policy: { ...policy, fallbackPlan: starter } });
    expect(await worth()).toEqual(starter);
  });

  it('TT-5 falls with the word that the subscription is over, and only by a fresh standing that says so', async () => {
    const { give, worth, standing } = await aFallingCase(open());
    const paid = (state: SubscriptionState, ageMs = 0) => standing(state, { owed: false, ageMs });
    const fallback = close('paid_but_ended');
    await give('close', { round: 1, fallback });
    await give('close', { round: 2, fallback, standing: await paid('live') });
    await give('close', { round: 3, fallback, standing: await paid('ended', 61 * SECOND_MS) });
    await give('close', { round: 4, fallback, standing: { ...(await paid('ended')), complete: false } });
    await give('close', { round: 5, fallback: close('recovered'), standing: await paid('ended') });
    expect(await worth()).toBeNull();
    await give('close', { round: 6, fallback, standing: await paid('ended', 50 * SECOND_MS) });
    expect(await worth()).toEqual(free);
  });

  it('TT-5 falls with a lift that leaves everything off for the ended subscription', async () => {
    const { give, worth, standing } = await aFallingCase(open());
    await give('lift', { fallback: lift('ended'), standing: await standing('ended', { owed: false }) });
    expect(await worth()).toEqual(free);
  });
}

function itIsHeld(open: () => ClaimsWorld): void {
  it.each([
    [{ mode: 'observe', frozen: false } as const, 'observing'],
    [{ mode: 'enforce', frozen: true } as const, 'frozen'],
  ])('lets no plan fall under %o, not even with what gives back', async (brakes, reason) => {
    const { request, world, standing, worth } = await aFallingCase(open());
    const claims = world.braked(brakes);
    const pause = await request('pause', { policy, standing: await standing('ended'), fallback: 'falls' });
    expect(await claims.claim(pause)).toEqual({ status: 'held', reason, until: null });
    const paid = { policy, standing: await standing('ended', { owed: false }), fallback: 'falls' } as const;
    for (const step of ['lift', 'close'] as const)
      expect(await claims.claim(await request(step, paid))).toMatchObject({ status: 'granted' });
    expect(await worth()).toBeNull();
  });

  it('lets no plan of an exempt account fall', async () => {
    const { order, take, give, worth, world, standing } = await aFallingCase(open());
    await order(exemptUntil((await world.now()) + HOUR_MS));
    expect(await take('pause', 'ended')).toMatchObject({ reason: 'exempt' });
    const paid = await standing('ended', { owed: false });
    await give('close', { fallback: close('paid_but_ended'), standing: paid });
    expect(await worth()).toBeNull();
  });

  it('DR-8 lets no plan fall while a grant stands: debts are enforced all the same', async () => {
    const { account, take, worth, world, tracks } = await aFallingCase(open());
    const other = await aFallingCase(world);
    await world.grantService(account, (await world.now()) + HOUR_MS);
    expect((await tracks()).granted).toBe(true);
    expect((await other.tracks()).granted).toBe(false);
    expect(await take('pause', 'ended')).toMatchObject({ status: 'granted', access: 'suspended' });
    expect(await worth()).toBeNull();
    await other.take('pause', 'ended');
    expect(await other.worth()).toEqual(free);
  });

  it('DR-3 DR-8 knows when a grant is over: by itself, or because somebody ended it', async () => {
    const { account, take, worth, world, tracks } = await aFallingCase(open());
    await world.grantService(account, (await world.now()) + HOUR_MS);
    await world.wait(HOUR_MS);
    expect((await tracks()).granted).toBe(false);
    await world.grantService(account, null);
    await world.wait(1_000 * HOUR_MS);
    expect((await tracks()).granted).toBe(true);
    await world.endGrant(account);
    expect((await tracks()).granted).toBe(false);
    expect(await worth(), 'nothing is taken away by that alone').toBeNull();
    await take('pause', 'ended');
    expect(await worth()).toEqual(free);
  });
}

function itComesBack(open: () => ClaimsWorld): void {
  it.each([
    ['nothing', null],
    ['fallback', free],
    ['ended', free],
  ] as const)(
    'TT-5 gives the plan back with a lift, whatever brake holds: one that leaves %s',
    async (leaves, expected) => {
      const { take, request, worth, world, audit, tracks } = await aFallingCase(open());
      await take('pause', 'ended');
      const claims = world.braked({ mode: 'enforce', frozen: true });
      const changes = { policy, standing: null, fallback: lift(leaves) };
      expect(await claims.claim(await request('lift', changes))).toMatchObject({ status: 'granted' });
      expect(await worth()).toEqual(expected);
      expect((await tracks()).fallback).toBe(expected !== null);
      const last = (await audit()).at(-1)?.body as { fallback?: unknown };
      expect(last.fallback).toBe(expected === null ? null : undefined);
    },
  );

  it('TT-5 raises the version when nothing changes but what access is worth', async () => {
    const { give, worth, world, account, standing } = await aFallingCase(open());
    const version = async () => (await world.access(account)).version;
    const paid = await standing('ended', { owed: false });
    await give('close', { change: null, fallback: close('paid_but_ended'), standing: paid });
    expect([await worth(), await version()]).toEqual([free, 1]);
    await give('lift', { change: { lift: [] }, fallback: lift('nothing') });
    expect([await worth(), await version()]).toEqual([null, 2]);
    await give('lift', { change: { lift: [] }, fallback: lift('nothing') });
    expect(await version()).toBe(2);
  });

  it('leaves the plan as it is with reminders, people’s orders and thanks', async () => {
    const { take, claim, give, worth } = await aFallingCase(open());
    await take('pause', 'ended');
    for (const step of ['remind', 'ask', 'retry', 'restrict', 'unrestrict'] as const)
      expect(await claim(step, { policy }), step).toMatchObject({ status: 'granted' });
    await give('close', { fallback: close('recovered') });
    expect(await worth()).toEqual(free);
  });
}
