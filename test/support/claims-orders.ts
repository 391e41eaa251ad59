import { expect, it } from 'vitest';
import { HOUR_MS } from '../../src/domain/time.js';
import { aCase, exemptUntil, forgiving, orderOf, type ClaimsWorld } from './claims-case.js';

/** What becomes of people's orders. */
export function ordersKeepTheirWord(open: () => ClaimsWorld): void {
  it('writes each order into the audit log once, with who, why and what, however often it is kept', async () => {
    const { order, audit, caseId } = await aCase(open());
    const [first, second] = [orderOf(), orderOf({ kind: 'extendGrace', text: 'grace extended by 3 days' })];
    await order(first);
    await order(first, second);
    await order();
    await order(second, first);
    const { by, reason, kind, text } = second;
    expect((await audit()).map((line) => [line.kind, line.effect])).toEqual([
      ['order', `order/${first.id}`],
      ['order', `order/${second.id}`],
    ]);
    expect((await audit())[1]?.body).toEqual({ kind, by, reason, text, caseId });
  });

  it('P-9 names nobody in the intent of what a person ordered, and does not quote him', async () => {
    const { grant, audit } = await aCase(open());
    await grant('restrict', { standing: null });
    const [intent] = await audit();
    expect(intent?.body).toMatchObject({ restrictions: [{ reason: 'manual', access: 'suspended' }] });
    expect(JSON.stringify(intent?.body)).not.toMatch(/ada|abuse/);
  });

  it('lets a repeated order change nothing that a later one has changed', async () => {
    const { order, claim, world, tracks } = await aCase(open());
    const exempting = exemptUntil((await world.now()) + HOUR_MS);
    await order(exempting);
    await order(exemptUntil(null));
    await order(exempting);
    expect((await tracks()).exemption).toBeNull();
    expect(await claim('remind')).toMatchObject({ status: 'granted' });
  });

  it('takes the same order of two accounts for two', async () => {
    const world = open();
    const [one, two] = [await aCase(world), await aCase(world)];
    const exempting = exemptUntil((await world.now()) + HOUR_MS);
    await one.order(exempting);
    await two.order(exempting);
    expect((await two.tracks()).exemption).toMatchObject({ by: 'ada', reason: 'legal hold' });
    expect(await two.audit()).toHaveLength(1);
  });

  it('keeps orders without touching access, its version, or the fence of who is at work', async () => {
    const { order, grant, claims, account, key, world } = await aCase(open());
    const fence = await grant('remind');
    const before = await world.access(account);
    await order(exemptUntil((await world.now()) + HOUR_MS), forgiving('in_1'), orderOf());
    expect(await world.access(account)).toEqual(before);
    await expect(claims.checkFence(key('remind'), fence)).resolves.toBeUndefined();
  });

  it('lets the first decision on a request stand', async () => {
    const { ask, decide, world } = await aCase(open());
    const [yes, no] = [await ask(), await ask({ round: 2 })];
    await decide(yes, true);
    await decide(yes, false);
    await decide(no, false);
    await decide(no, true);
    expect((await world.approvals.read(yes.id))?.approved).toBe(true);
    expect((await world.approvals.read(no.id))?.approved).toBe(false);
  });

  it('lets nobody decide on the request of another account', async () => {
    const world = open();
    const [one, two] = [await aCase(world), await aCase(world)];
    const theirs = await two.ask();
    await one.decide(theirs, true);
    expect((await world.approvals.read(theirs.id))?.approved).toBeNull();
  });
}
