import { expect, it } from 'vitest';
import { asInvoiceId } from '../../src/domain/ids.js';
import { HOUR_MS } from '../../src/domain/time.js';
import type { RestrictionChange } from '../../src/ports/claims.js';
import {
  aCase,
  evidence,
  exemptUntil,
  immuneUntil,
  forgiving,
  nameOf,
  newCaseId,
  owner,
  untoldPolicy as policy,
  type ClaimsWorld,
} from './claims-case.js';

const nothing = {
  rounds: {},
  lastNotice: null,
  unsettled: null,
  restrictions: [],
  exemption: null,
  immunity: null,
  forgiven: [],
  granted: false,
  fallback: false,
  undelivered: [],
};

/** What a run finds that takes over from another one. */
export function tracksKeepTheirWord(open: () => ClaimsWorld): void {
  it('finds no tracks where nothing was ever done', async () => {
    const { tracks, claims, account } = await aCase(open());
    expect(await tracks()).toEqual(nothing);
    expect(await claims.tracks(account, null)).toEqual(nothing);
  });

  it('knows the newest round of each step that has its outcome, of this case alone', async () => {
    const { carryOut, grant, tracks, claims, account } = await aCase(open());
    await carryOut('remind');
    await carryOut('remind', { round: 2 });
    await grant('remind', { round: 3 });
    await carryOut('limit', { policy });
    await carryOut('retry');
    expect((await tracks()).rounds).toEqual({ remind: 2, limit: 1, retry: 1 });
    expect((await claims.tracks(account, newCaseId())).rounds).toEqual({});
    expect((await claims.tracks(account, null)).rounds).toEqual({});
  });

  it('knows the newest notice that went out as an act of its own, as it went out', async () => {
    const { claims, grant, warn, key, tracks, account, carryOut } = await aCase(open());
    const at = await warn(1, -HOUR_MS);
    const { lastNotice } = await tracks();
    expect(lastNotice).toMatchObject({ round: 1, topic: 'reminder', promises: [{ step: 'pause', at }] });
    expect((await claims.tracks(account, newCaseId())).lastNotice).toBeNull();
    const notice = {
      messageId: `<${account}.2>`,
      topic: 'confirm' as const,
      promises: [],
      recipients: ['a'],
    };
    const fence = await grant('remind', { round: 2 });
    expect((await tracks()).lastNotice).toEqual(lastNotice);
    const outcome = await claims.settle(key('remind', 2), fence, { evidence: 'sent', notice });
    const sentAt = outcome.status === 'done' ? outcome.at : 0;
    expect((await tracks()).lastNotice).toEqual({ round: 2, topic: 'confirm', at: sentAt, promises: [] });
    // Another step's round is no reminder's.
    await carryOut('pause', { policy, round: 3 });
    expect((await tracks()).lastNotice?.round).toBe(2);
  });

  it('knows the hardest step that was claimed and not settled, until it is settled', async () => {
    const { grant, tracks, claims, key, account } = await aCase(open());
    await grant('remind');
    expect((await tracks()).unsettled).toBeNull();
    const pause = await grant('pause', { policy, round: 2 });
    await grant('limit', { policy });
    expect((await tracks()).unsettled).toEqual({ step: 'pause', round: 2 });
    expect((await claims.tracks(account, newCaseId())).unsettled).toBeNull();
    await claims.settle(key('pause', 2), pause, { evidence: 'all off' });
    expect((await tracks()).unsettled).toEqual({ step: 'limit', round: 1 });
  });

  it('knows what stands of the restrictions for which a case is responsible, whatever case imposed them', async () => {
    const { grant, claim, tracks, claims, account } = await aCase(open());
    const dispute: RestrictionChange = { impose: { reason: 'dispute', access: 'revoked', owner, evidence } };
    await grant('pause', { policy });
    await grant('restrict', { standing: null });
    await claim('remind', { change: dispute });
    const own = [
      { reason: 'manual', access: 'suspended', owner: 'ada', evidence: 'abuse' },
      { reason: 'nonpayment', access: 'suspended' },
    ];
    expect((await tracks()).restrictions).toEqual(own);
    expect((await claims.tracks(account, null)).restrictions).toEqual(own);
    await grant('lift');
    expect((await tracks()).restrictions).toEqual(own.slice(0, 1));
    await grant('unrestrict');
    expect((await tracks()).restrictions).toEqual([]);
  });

  it('knows the exemption and what was forgiven, as last ordered', async () => {
    const { order, tracks, world } = await aCase(open());
    const until = (await world.now()) + HOUR_MS;
    await order(exemptUntil(until), forgiving('in_1'));
    await order(forgiving('in_1', 'in_2'));
    expect(await tracks()).toEqual({
      ...nothing,
      exemption: { until, by: 'ada', reason: 'legal hold' },
      forgiven: [asInvoiceId('in_1'), asInvoiceId('in_2')],
    });
  });

  it('knows until when the account is immune, as last ordered', async () => {
    const { order, tracks, world } = await aCase(open());
    const until = (await world.now()) + HOUR_MS;
    await order(immuneUntil(until - 1));
    await order(immuneUntil(until));
    expect(await tracks()).toEqual({ ...nothing, immunity: { until, by: 'ada' } });
  });

  it('ends whatever never got done with a lift, and nothing with the end of a restriction by hand', async () => {
    const { grant, carryOut, tracks, audit, key } = await aCase(open());
    await grant('limit', { policy });
    await grant('pause', { policy });
    await grant('ask');
    await carryOut('restrict', { standing: null });
    await carryOut('unrestrict', { standing: null });
    expect((await tracks()).unsettled).toEqual({ step: 'pause', round: 1 });
    await carryOut('lift');
    expect(await tracks()).toMatchObject({
      unsettled: null,
      rounds: { limit: 1, pause: 1, ask: 1, restrict: 1, unrestrict: 1, lift: 1 },
    });
    const ended = (await audit()).filter(
      ({ body }) => (body as { status?: string }).status === 'interrupted',
    );
    const names = (['limit', 'pause', 'ask'] as const).map((step) => nameOf(key(step)));
    expect(ended.map(({ effect }) => effect).sort()).toEqual(names.sort());
  });

  it('says what is left to the account with every grant', async () => {
    const { claim } = await aCase(open());
    const left = async (step: Parameters<typeof claim>[0]) => {
      const granted = await claim(step, { policy });
      return granted.status === 'granted' ? granted.access : granted;
    };
    expect(await left('remind')).toBe('grace_period');
    expect(await left('limit')).toBe('read_only');
    expect(await left('restrict')).toBe('suspended');
    expect(await left('lift')).toBe('suspended');
    expect(await left('unrestrict')).toBe('active');
  });

  it('keeps with its outcome what people have to know of it', async () => {
    const { claims, key, grant, request, ask, world } = await aCase(open());
    const { id, planHash, summary, expiresAt } = await ask();
    const deed = {
      evidence: 'asked one approver',
      caveat: 'the other could not be reached',
      untold: true,
      approval: { id, planHash, summary, expiresAt },
    } as const;
    const outcome = await claims.settle(key('ask'), await grant('ask'), deed);
    const { caveat, untold, approval } = deed;
    expect(outcome).toEqual({ status: 'done', at: expect.any(Number) as number, caveat, untold, approval });
    expect(Math.abs((outcome as { at: number }).at - (await world.now()))).toBeLessThan(10_000);
    expect(await claims.claim(await request('ask'))).toEqual({ status: 'done', outcome });
  });
}
