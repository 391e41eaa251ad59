import { expect, it } from 'vitest';
import { HOUR_MS, SECOND_MS } from '../../src/domain/time.js';
import type { RestrictionChange } from '../../src/ports/claims.js';
import { approvalsKeepTheirWord } from './approvals.js';
import { breakersKeepTheirWord } from './claims-breakers.js';
import { aCase, evidence, ledgerPolicy, nameOf, newCaseId, owner, type ClaimsWorld } from './claims-case.js';
import { bouncesKeepTheirWord } from './claims-bounces.js';
import { decisionsKeepTheirWord } from './claims-decisions.js';
import { fallbacksKeepTheirWord } from './claims-fallback.js';
import { ordersKeepTheirWord } from './claims-orders.js';
import { takingsKeepTheirWord } from './claims-takings.js';
import { tracksKeepTheirWord } from './claims-tracks.js';
import { standingThatIs } from './facts.js';

/** What every implementation of `Claims` holds to, in memory and on Postgres alike. */
export function claimsKeepTheirWord(open: () => ClaimsWorld): void {
  itClaims(open);
  itHolds(open);
  itFences(open);
  itEndsWithItsCase(open);
  itRestricts(open);
  itEndsPauses(open);
  takingsKeepTheirWord(open);
  ordersKeepTheirWord(open);
  tracksKeepTheirWord(open);
  bouncesKeepTheirWord(open);
  fallbacksKeepTheirWord(open);
  approvalsKeepTheirWord(open);
  breakersKeepTheirWord(open);
  decisionsKeepTheirWord(open);
}

function itClaims(open: () => ClaimsWorld): void {
  it('writes one intent at the first claim and grants it', async () => {
    const { claims, audit, key, request } = await aCase(open());
    expect(await claims.claim(await request('remind'))).toEqual({
      status: 'granted',
      fence: expect.any(Number) as number,
      access: 'grace_period',
    });
    const lines = await audit();
    expect(lines.map(({ kind, effect }) => [kind, effect])).toEqual([['intent', nameOf(key('remind'))]]);
    expect(lines[0]?.body).toMatchObject({ reason: 'a test', restrictions: [{ access: 'grace_period' }] });
  });

  it('P-9 says in the intent why it is done, what it takes, and on which reading of Stripe', async () => {
    const { claims, audit, world, request } = await aCase(open());
    const readAt = (await world.now()) - 7 * SECOND_MS;
    await claims.claim(await request('remind', { standing: standingThatIs('owing', readAt) }));
    const restriction = { reason: 'nonpayment', access: 'grace_period', owner, evidence };
    expect((await audit())[0]?.body).toMatchObject({
      reason: 'a test',
      standingReadAt: readAt,
      restrictions: [restriction],
    });
  });

  it('grants a repeated claim with a higher fence and writes no second intent', async () => {
    const { audit, grant } = await aCase(open());
    const [first, second] = [await grant('remind'), await grant('remind')];
    expect(second).toBeGreaterThan(first);
    expect(await audit()).toHaveLength(1);
  });

  it('says done, with the first outcome, once a key is settled', async () => {
    const { claims, audit, key, request, grant } = await aCase(open());
    const outcome = await claims.settle(key('remind'), await grant('remind'), { evidence: 'sent' });
    expect(await claims.claim(await request('remind'))).toEqual({ status: 'done', outcome });
    expect(await audit()).toHaveLength(2);
  });

  it('P-9 keeps one outcome, however often it is settled', async () => {
    const { claims, audit, key, grant } = await aCase(open());
    const fence = await grant('remind');
    const first = await claims.settle(key('remind'), fence, { evidence: 'sent' });
    expect(await claims.settle(key('remind'), fence, { evidence: 'sent again' })).toEqual(first);
    expect((await audit()).map(({ kind }) => kind)).toEqual(['intent', 'outcome']);
    expect((await audit())[1]?.body).toEqual({ status: 'done', evidence: 'sent' });
  });

  it('CB-2 changes the restrictions with the outcome, once, and only under the newest claim', async () => {
    const { claims, key, grant, world, account } = await aCase(open());
    const impose = { reason: 'manual' as const, owner: 'ada', evidence: 'chargeback' };
    const pending = { impose: { ...impose, access: 'revoked_pending' as const } };
    const change = { impose: { ...impose, access: 'revoked' as const } };
    const late = await grant('restrict', { standing: null, change: pending });
    const fence = await grant('restrict', { standing: null, change: pending });
    expect((await world.access(account)).access).toBe('revoked_pending');
    await expect(claims.settle(key('restrict'), late, { evidence: 'off', change })).rejects.toMatchObject({
      code: 'FENCED',
    });
    expect((await world.access(account)).access).toBe('revoked_pending');
    const { version } = await world.access(account);
    await claims.settle(key('restrict'), fence, { evidence: 'off', change });
    await claims.settle(key('restrict'), fence, { evidence: 'off', change });
    expect(await world.access(account)).toMatchObject({ access: 'revoked', version: version + 1 });
  });

  it('FD-1 hides from a case what reaches access alone, until it reaches what runs as well', async () => {
    const { claims, key, grant, world, account } = await aCase(open());
    const impose = {
      reason: 'manual' as const,
      access: 'suspended' as const,
      owner: 'ada',
      evidence: 'drill',
    };
    await grant('restrict', { standing: null, change: { impose: { ...impose, accessOnly: true } } });
    expect((await world.access(account)).access).toBe('suspended');
    const seen = async () => (await claims.tracks(account, key('restrict').caseId)).restrictions;
    expect(await seen()).toEqual([]);
    await grant('restrict', { standing: null, change: { impose } });
    expect(await seen()).toEqual([impose]);
  });

  it('takes a step of another round, and of another case, for another effect', async () => {
    const { claims, audit, key, grant, request } = await aCase(open());
    await claims.settle(key('remind'), await grant('remind'), { evidence: 'sent' });
    expect(await claims.claim(await request('remind', { round: 2 }))).toMatchObject({ status: 'granted' });
    const other = { ...(await request('remind')), key: { ...key('remind'), caseId: newCaseId() } };
    expect(await claims.claim(other)).toMatchObject({ status: 'granted' });
    expect((await audit()).filter(({ kind }) => kind === 'intent')).toHaveLength(3);
  });
}

function itHolds(open: () => ClaimsWorld): void {
  it('leaves no trace of a claim that is void: nothing is owed', async () => {
    const { claims, request, world, account, audit } = await aCase(open());
    const before = await world.access(account);
    const standing = standingThatIs('clear', await world.now());
    expect(await claims.claim({ ...(await request('remind')), standing })).toEqual({ status: 'void' });
    expect(await audit()).toEqual([]);
    expect(await world.access(account)).toEqual(before);
  });

  it.each([
    ['unclear', 'standing_unclear'],
    ['in_flight', 'payment_in_flight'],
  ] as const)('leaves no trace of a claim that is held: the standing is %s', async (verdict, reason) => {
    const { claims, request, world, account, audit } = await aCase(open());
    const standing = standingThatIs(verdict, await world.now());
    expect(await claims.claim({ ...(await request('remind')), standing })).toEqual({
      status: 'held',
      reason,
      until: null,
    });
    expect(await audit()).toEqual([]);
    expect(await world.access(account)).toMatchObject({ access: 'active', version: 0 });
    expect((await claims.tracks(account, (await request('remind')).key.caseId)).unsettled).toBeNull();
  });

  it('P-1 measures the 60 seconds of a standing at the claim', async () => {
    const { claims, request, world } = await aCase(open());
    const now = await world.now();
    const old = { ...(await request('remind')), standing: standingThatIs('owing', now - 61 * SECOND_MS) };
    expect(await claims.claim(old)).toMatchObject({ status: 'held', reason: 'standing_stale' });
    const young = { ...(await request('remind')), standing: standingThatIs('owing', now - 50 * SECOND_MS) };
    expect(await claims.claim(young)).toMatchObject({ status: 'granted' });
  });

  it.each([
    [{ mode: 'observe', frozen: false } as const, 'observing'],
    [{ mode: 'enforce', frozen: true } as const, 'frozen'],
  ])('holds what takes away under %o, and gives back all the same', async (brakes, reason) => {
    const { request, warn, world } = await aCase(open());
    await warn(1, -HOUR_MS);
    const claims = world.braked(brakes);
    for (const [step, round] of [['remind', 2] as const, ['pause', 1] as const]) {
      const claim = await claims.claim(await request(step, { round }));
      expect(claim).toEqual({ status: 'held', reason, until: null });
    }
    for (const step of ['lift', 'close'] as const) {
      expect(await claims.claim(await request(step, { standing: null }))).toMatchObject({
        status: 'granted',
      });
    }
  });

  it('P-4 grants no pause that no recorded notice announced', async () => {
    const { claims, request, warn } = await aCase(open());
    expect(await claims.claim(await request('pause'))).toMatchObject({ reason: 'notice_missing' });
    await warn(1, -HOUR_MS);
    expect(await claims.claim(await request('pause'))).toMatchObject({ status: 'granted' });
  });

  it('P-4 grants no pause before the date that was told last, nor before the lead after its first telling', async () => {
    const { claims, request, warn, world } = await aCase(open());
    await warn(1, -HOUR_MS);
    const promisedAt = await warn(2, HOUR_MS);
    expect(await claims.claim(await request('pause'))).toEqual({
      status: 'held',
      reason: 'notice_too_recent',
      until: promisedAt,
    });
    const patient = {
      ...ledgerPolicy,
      pause: { afterMs: 0, leadMs: 3 * HOUR_MS, immediate: false, drain: true },
    };
    const held = await claims.claim({ ...(await request('pause')), policy: patient });
    expect(held).toMatchObject({ reason: 'notice_too_recent' });
    const until = held.status === 'held' ? (held.until ?? 0) : 0;
    expect(Math.abs(until - ((await world.now()) + 2 * HOUR_MS))).toBeLessThan(10 * SECOND_MS);
  });

  it('does not take the warnings of another case for those of this one', async () => {
    const { claims, request, warn } = await aCase(open());
    await warn(1, -HOUR_MS);
    const other = await request('pause');
    const elsewhere = { ...other, key: { ...other.key, caseId: newCaseId() } };
    expect(await claims.claim(elsewhere)).toMatchObject({ reason: 'notice_missing' });
  });
}

function itEndsWithItsCase(open: () => ClaimsWorld): void {
  it('P-3 takes nothing, and tells nothing, for a case that has closed, and gives back all the same', async () => {
    const { world, account, claims, key, request, grant, warn } = await aCase(open());
    await warn(1, -HOUR_MS);
    await grant('pause');
    await world.closeCase(account, key('pause').caseId);
    for (const step of ['remind', 'pause', 'restrict', 'ask', 'retry'] as const)
      expect(await claims.claim(await request(step, { round: 2 }))).toEqual({ status: 'void' });
    expect((await claims.claim(await request('lift'))).status).toBe('granted');
  });

  it('P-9 ends whatever was claimed and never got done when its case closes, each intent once', async () => {
    const { world, account, claims, key, request, grant, carryOut, audit } = await aCase(open());
    const other = await aCase(world);
    await carryOut('remind');
    const fence = await grant('remind', { round: 2, topic: 'confirm' });
    await grant('ask');
    await other.grant('remind');
    await world.closeCase(account, key('remind').caseId);
    await world.closeCase(account, key('remind').caseId);
    const outcomes = (await audit()).filter(({ kind }) => kind === 'outcome');
    expect(outcomes.map(({ effect, body }) => [effect, body])).toEqual([
      [nameOf(key('remind')), { status: 'done', evidence: 'done' }],
      [nameOf(key('remind', 2)), { status: 'interrupted', evidence: 'its case has closed' }],
      [nameOf(key('ask')), { status: 'interrupted', evidence: 'its case has closed' }],
    ]);
    expect((await other.audit()).map(({ kind }) => kind)).toEqual(['intent']);
    // Whoever was still at it when his case closed keeps no second outcome.
    const late = await claims.settle(key('remind', 2), fence, { evidence: 'late' });
    expect(late).toEqual({ status: 'interrupted' });
    expect(await claims.claim(await request('ask'))).toMatchObject({ status: 'done' });
  });
}

function itFences(open: () => ClaimsWorld): void {
  it('stops a claimant of whom a later claim on the account knows nothing', async () => {
    const { claims, grant, key } = await aCase(open());
    const first = await grant('remind');
    await expect(claims.checkFence(key('remind'), first)).resolves.toBeUndefined();
    const second = await grant('remind');
    await expect(claims.checkFence(key('remind'), first)).rejects.toMatchObject({ code: 'FENCED' });
    await expect(claims.settle(key('remind'), first, { evidence: 'late' })).rejects.toMatchObject({
      code: 'FENCED',
    });
    await expect(claims.checkFence(key('remind'), second)).resolves.toBeUndefined();
  });

  it('stops a pause as soon as its lift is claimed', async () => {
    const { claims, grant, key, warn } = await aCase(open());
    await warn(1, -HOUR_MS);
    const pause = await grant('pause');
    await grant('lift');
    await expect(claims.checkFence(key('pause'), pause)).rejects.toMatchObject({ code: 'FENCED' });
  });

  it('never fences one account for what happens to another', async () => {
    const [one, two] = [await aCase(open()), await aCase(open())];
    const fence = await one.grant('remind');
    await two.grant('remind');
    await two.grant('remind');
    await expect(one.claims.checkFence(one.key('remind'), fence)).resolves.toBeUndefined();
  });
}

function itRestricts(open: () => ClaimsWorld): void {
  it('raises the version when restrictions change, and only then', async () => {
    const { world, account, grant, warn } = await aCase(open());
    const versions: number[] = [];
    const act = async (work: () => Promise<unknown>) => {
      await work();
      versions.push((await world.access(account)).version);
    };
    await act(() => grant('remind'));
    await act(() => grant('remind'));
    await act(() => warn(2, -HOUR_MS));
    await act(() => grant('pause'));
    await act(() => grant('pause'));
    await act(() => grant('lift'));
    await act(() => grant('close'));
    expect(versions).toEqual([1, 1, 1, 2, 2, 3, 3]);
  });

  it('never weakens suspended by a reminder', async () => {
    const { world, account, grant, warn } = await aCase(open());
    await warn(1, -HOUR_MS);
    await grant('pause');
    const since = (await world.access(account)).restrictions[0]?.since;
    await grant('remind', { round: 3 });
    expect(await world.access(account)).toMatchObject({
      access: 'suspended',
      restrictions: [{ access: 'suspended', since }],
    });
  });

  it('P-5 keeps reasons apart: a lift takes back its own, and access is what the strongest one leaves', async () => {
    const { world, account, claims, request, grant, warn } = await aCase(open());
    const dispute: RestrictionChange = { impose: { reason: 'dispute', access: 'revoked', owner, evidence } };
    await claims.claim(await request('remind', { change: dispute }));
    await warn(2, -HOUR_MS);
    await grant('pause');
    const both = await world.access(account);
    expect(both.restrictions.map(({ reason }) => reason)).toEqual(['dispute', 'nonpayment']);
    expect(both.access).toBe('revoked');
    await grant('lift');
    const left = await world.access(account);
    expect(left.restrictions.map(({ reason }) => reason)).toEqual(['dispute']);
    expect(left.access).toBe('revoked');
  });

  it('exchanges one reason for another in one claim', async () => {
    const { world, account, claims, request, grant, warn } = await aCase(open());
    await warn(1, -HOUR_MS);
    await grant('pause');
    const change: RestrictionChange = {
      lift: ['nonpayment'],
      impose: { reason: 'ended', access: 'suspended', owner, evidence: 'its subscription has ended' },
    };
    await claims.claim(await request('lift', { change, standing: null }));
    expect(await world.access(account)).toMatchObject({
      access: 'suspended',
      version: 3,
      restrictions: [{ reason: 'ended' }],
    });
  });
}

function itEndsPauses(open: () => ClaimsWorld): void {
  it('gives a half-done pause its outcome when its lift is settled', async () => {
    const { claims, account, audit, key, request, grant, warn } = await aCase(open());
    await warn(1, -HOUR_MS);
    const late = await grant('pause');
    await claims.settle(key('lift'), await grant('lift'), { evidence: 'all back' });
    expect((await claims.tracks(account, key('pause').caseId)).unsettled).toBeNull();
    const ofPause = (await audit()).filter(({ effect }) => effect === nameOf(key('pause')));
    expect(ofPause.map(({ kind }) => kind)).toEqual(['intent', 'outcome']);
    expect(ofPause[1]?.body).toMatchObject({ status: 'interrupted' });
    const interrupted = { status: 'interrupted' };
    expect(await claims.settle(key('pause'), late, { evidence: 'all off' })).toEqual(interrupted);
    expect(await claims.claim(await request('pause'))).toEqual({ status: 'done', outcome: interrupted });
  });

  it('leaves a pause alone that is over, and one of another case', async () => {
    const { claims, account, audit, key, grant, request, warn } = await aCase(open());
    const elsewhere = { ...key('remind'), caseId: newCaseId() };
    await claims.claim({ ...(await request('remind')), key: elsewhere });
    await warn(1, -HOUR_MS);
    await claims.settle(key('pause'), await grant('pause'), { evidence: 'all off' });
    const before = await audit();
    await claims.settle(key('lift'), await grant('lift'), { evidence: 'all back' });
    const added = (await audit()).slice(before.length);
    expect(added.map(({ kind, effect }) => [kind, effect])).toEqual([
      ['intent', nameOf(key('lift'))],
      ['outcome', nameOf(key('lift'))],
    ]);
    expect((await claims.tracks(account, elsewhere.caseId)).rounds).toEqual({});
  });
}
