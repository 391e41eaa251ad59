import { expect, it } from 'vitest';
import { asApprovalId, asInvoiceId } from '../../src/domain/ids.js';
import type { TakingStep } from '../../src/domain/effect.js';
import { longestLagMs } from '../../src/domain/judge.js';
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../src/domain/time.js';
import {
  aCase,
  exemptUntil,
  immuneUntil,
  forgiving,
  leadMs,
  ledgerPolicy,
  noGrounds,
  untoldPolicy,
  type ClaimsWorld,
  type RequestChanges,
} from './claims-case.js';
import { agreementOf, dayZero, invoiceFact, standingOf, standingThatIs } from './facts.js';

const held = (reason: string) => ({ status: 'held', reason });

/** What has to be true before something is taken away. */
export function takingsKeepTheirWord(open: () => ClaimsWorld): void {
  itWarns(open);
  itAsksPeople(open);
  itListensToTerms(open);
  itSparesTheExempt(open);
}

function itWarns(open: () => ClaimsWorld): void {
  const others: Record<TakingStep, TakingStep> = { limit: 'pause', pause: 'limit', decommission: 'pause' };
  it.each(['limit', 'pause', 'decommission'] as const)(
    'takes no promise of another step for one of: %s',
    async (step) => {
      const { claim, warn, ask, decide } = await aCase(open());
      const approval = await ask();
      await decide(approval, true);
      await warn(1, -HOUR_MS, others[step]);
      expect(await claim(step, { approval: approval.id })).toEqual({
        ...held('notice_missing'),
        until: null,
      });
      await warn(2, -HOUR_MS, step);
      expect(await claim(step, { approval: approval.id })).toMatchObject({ status: 'granted' });
    },
  );

  it('keeps every date that one notice names, and says what is left with each step', async () => {
    const { claims, claim, grant, key, world } = await aCase(open());
    const now = await world.now();
    const promises = [
      { step: 'limit', at: now + HOUR_MS },
      { step: 'pause', at: now + 3 * HOUR_MS },
    ] as const;
    const notice = {
      messageId: crypto.randomUUID(),
      topic: 'reminder',
      promises,
      recipients: ['a'],
    } as const;
    await claims.settle(key('remind'), await grant('remind'), { evidence: 'sent', notice });
    await world.wait(leadMs);
    expect(await claim('limit')).toMatchObject({ status: 'granted', access: 'read_only' });
    expect(await claim('pause')).toEqual({ ...held('notice_too_recent'), until: now + 3 * HOUR_MS });
  });

  it('limits and pauses without a notice where the policy asks for none, but deletes nothing so', async () => {
    const { claim, ask, decide } = await aCase(open());
    const approval = await ask();
    await decide(approval, true);
    const policy = untoldPolicy;
    expect(await claim('limit', { policy })).toMatchObject({ status: 'granted', access: 'read_only' });
    expect(await claim('pause', { policy })).toMatchObject({ status: 'granted', access: 'suspended' });
    const atOnce = { ...policy, decommission: { ...ledgerPolicy.decommission!, retentionMs: 0 } };
    const deletion = await claim('decommission', { policy: atOnce, approval: approval.id });
    expect(deletion).toMatchObject(held('notice_missing'));
  });

  it.each(['limit', 'pause', 'decommission'] as const)(
    'counts no warning of a %s that was told before something was given back',
    async (step) => {
      const { claim, warn, carryOut, ask, decide, world } = await aCase(open());
      const approval = await ask();
      await decide(approval, true);
      await warn(1, -HOUR_MS, step);
      await carryOut('lift');
      await world.wait(longestLagMs + SECOND_MS);
      expect(await claim(step, { approval: approval.id })).toMatchObject(held('notice_missing'));
      await warn(2, -HOUR_MS, step);
      expect(await claim(step, { approval: approval.id })).toMatchObject({ status: 'granted' });
    },
  );

  it('takes nothing on a date that passed so long ago that nobody expects it any more', async () => {
    const { claim, warn, world } = await aCase(open());
    await warn(1, -HOUR_MS);
    await world.wait(leadMs + SECOND_MS);
    expect(await claim('pause')).toMatchObject(held('promise_outdated'));
    await warn(2, -HOUR_MS);
    expect(await claim('pause')).toMatchObject({ status: 'granted' });
  });

  it('goes on counting the warnings when what ended was only a restriction by hand', async () => {
    const { claim, warn, carryOut } = await aCase(open());
    await warn(1, -HOUR_MS);
    await carryOut('restrict', { standing: null });
    await carryOut('unrestrict', { standing: null });
    expect(await claim('pause')).toMatchObject({ status: 'granted' });
  });

  it('takes a standing that was read before something was given back for stale, however young', async () => {
    const { claim, carryOut, grant, world } = await aCase(open());
    const before = standingThatIs('owing', await world.now());
    await grant('lift');
    expect(await claim('remind', { standing: before })).toMatchObject(held('standing_stale'));
    const between = standingThatIs('owing', await world.now());
    await carryOut('lift');
    expect(await claim('remind', { standing: between })).toMatchObject(held('standing_stale'));
    await world.wait(longestLagMs + SECOND_MS);
    expect(await claim('remind')).toMatchObject({ status: 'granted' });
  });

  it.each(['lift', 'close'] as const)(
    'believes Stripe for a minute after a %s in nothing but that all is paid: its lists may be behind',
    async (step) => {
      const { claim, carryOut, world } = await aCase(open());
      await carryOut(step);
      for (const taking of ['remind', 'limit', 'ask', 'retry'] as const)
        expect(await claim(taking, { policy: untoldPolicy })).toMatchObject(held('standing_stale'));
      // That it was given back by hand is told at once.
      expect(await claim('remind', { round: 2, topic: 'restored' })).toMatchObject({ status: 'granted' });
      await world.wait(longestLagMs + SECOND_MS);
      expect(await claim('limit', { policy: untoldPolicy })).toMatchObject({ status: 'granted' });
    },
  );

  it('counts from a lift that is claimed again as from its first claim', async () => {
    const { claim, grant, world } = await aCase(open());
    await grant('lift');
    const between = standingThatIs('owing', await world.now());
    await grant('lift');
    expect(await claim('remind', { standing: between })).toMatchObject(held('standing_stale'));
  });
}

function itAsksPeople(open: () => ClaimsWorld): void {
  async function announced() {
    const acting = await aCase(open());
    await acting.warn(1, -HOUR_MS, 'decommission');
    const claim = (changes: RequestChanges) => acting.claim('decommission', changes);
    return { ...acting, claim };
  }

  it('deletes what is owed for, was announced and was approved, and nothing is left', async () => {
    const { claim, ask, decide } = await announced();
    const approval = await ask();
    await decide(approval, true);
    expect(await claim({ approval: approval.id })).toMatchObject({
      status: 'granted',
      access: 'decommissioned',
    });
  });

  it('deletes nothing whose approval nobody has decided, or that does not exist', async () => {
    const { claim, ask } = await announced();
    const approval = await ask();
    expect(await claim({ approval: null })).toEqual({ ...held('approval_missing'), until: null });
    expect(await claim({ approval: approval.id })).toEqual({ ...held('approval_missing'), until: null });
    const unknown = asApprovalId(crypto.randomUUID());
    expect(await claim({ approval: unknown })).toMatchObject(held('approval_missing'));
  });

  it('deletes nothing that was rejected, nor by an approval that has expired', async () => {
    const { claim, ask, decide } = await announced();
    const rejected = await ask();
    await decide(rejected, false);
    expect(await claim({ approval: rejected.id })).toEqual({ ...held('rejected'), until: null });
    const late = await ask({ round: 2, forMs: -1 });
    await decide(late, true);
    expect(await claim({ approval: late.id })).toEqual({ ...held('approval_expired'), until: null });
  });

  it('deletes nothing by the approval of another request, case or account', async () => {
    const { claim, ask, decide, world, account } = await announced();
    const [own, elsewhere] = [await ask(), await aCase(world)];
    const foreign = await elsewhere.ask();
    await elsewhere.decide(foreign, true);
    expect(await claim({ approval: own.id })).toMatchObject(held('approval_missing'));
    expect(await claim({ approval: foreign.id })).toMatchObject(held('approval_missing'));
    const earlier = { account, caseId: elsewhere.caseId, step: 'ask', round: 7 } as const;
    const terms = { plan: own.plan, planHash: 'x', expiresAt: own.expiresAt };
    const ofEarlierCase = await world.approvals.open(earlier, terms);
    await decide(ofEarlierCase, true);
    expect(await claim({ approval: ofEarlierCase.id })).toMatchObject(held('approval_missing'));
  });

  it('deletes nothing that is paid for or for which no notice has named its date, whoever has approved', async () => {
    const { claim, ask, decide, world } = await announced();
    const approval = await ask();
    await decide(approval, true);
    const standing = standingThatIs('clear', await world.now());
    expect(await claim({ approval: approval.id, standing })).toEqual({ status: 'void' });
    expect(await claim({ approval: approval.id, standing: null })).toMatchObject(held('standing_unclear'));
    const silent = await aCase(world);
    const theirs = await silent.ask();
    await silent.decide(theirs, true);
    expect(await silent.claim('decommission', { approval: theirs.id })).toMatchObject(held('notice_missing'));
  });
}

function itListensToTerms(open: () => ClaimsWorld): void {
  it('takes debts that a person has forgiven for none', async () => {
    const { claim, order, world } = await aCase(open());
    await order(forgiving('in_1'));
    expect(await claim('remind')).toEqual({ status: 'void' });
    expect(await claim('retry')).toEqual({ status: 'void' });
    const more = [invoiceFact(), invoiceFact({ id: asInvoiceId('in_2') })];
    const standing = standingOf(more, await world.now());
    expect(await claim('remind', { standing })).toMatchObject({ status: 'granted' });
  });

  it('goes by its own record of what was forgiven, not by what a case says', async () => {
    const { claim } = await aCase(open());
    const grounds = { ...noGrounds, forgiven: [asInvoiceId('in_1')] };
    expect(await claim('remind', { grounds })).toMatchObject({ status: 'granted' });
  });

  it('leaves alone who keeps what he promised, and no one else', async () => {
    const { claim, world } = await aCase(open());
    const now = await world.now();
    const standing = standingThatIs('promised', now);
    const agreement = (dueAt: number) => agreementOf({ instalments: [{ dueAt, mostRemainingMinor: 0 }] });
    const kept = { ...noGrounds, agreement: agreement(now + HOUR_MS) };
    expect(await claim('remind', { standing, grounds: kept })).toEqual({
      ...held('instalments_agreed'),
      until: null,
    });
    const broken = { ...noGrounds, agreement: agreement(now - HOUR_MS) };
    expect(await claim('remind', { standing, grounds: broken })).toMatchObject({ status: 'granted' });
    expect(await claim('remind', { standing, round: 2 })).toMatchObject({ status: 'granted' });
  });

  it('holds what was decided on an older debt than the one that is left', async () => {
    const { claim, world } = await aCase(open());
    const standing = standingOf([invoiceFact({ firstFailedAt: dayZero + DAY_MS })], await world.now());
    const since = (anchorAt: number) => ({ standing, grounds: { ...noGrounds, anchorAt } });
    expect(await claim('remind', since(dayZero))).toEqual({ ...held('standing_changed'), until: null });
    expect(await claim('remind', since(dayZero + DAY_MS))).toMatchObject({ status: 'granted' });
    expect(await claim('remind', since(dayZero + 2 * DAY_MS))).toMatchObject({ status: 'granted' });
  });

  it('asks a payer to confirm while his payment waits for him, and does nothing else', async () => {
    const { claim, world } = await aCase(open());
    const standing = standingThatIs('unconfirmed', await world.now());
    expect(await claim('remind', { standing })).toMatchObject(held('confirmation_awaited'));
    expect(await claim('remind', { standing, topic: 'confirm' })).toMatchObject({ status: 'granted' });
  });

  it('holds while a balance in the customer’s favour covers the debt', async () => {
    const { claim, world } = await aCase(open());
    const standing = standingThatIs('covered', await world.now());
    expect(await claim('remind', { standing })).toMatchObject(held('credit_covers_debt'));
  });
}

function itSparesTheExempt(open: () => ClaimsWorld): void {
  it('holds whatever raises severity while the account is exempt, and gives back all the same', async () => {
    const { claim, order, warn, world } = await aCase(open());
    await warn(1, -HOUR_MS, 'limit');
    await warn(2, -HOUR_MS, 'pause');
    await warn(3, -HOUR_MS, 'decommission');
    const until = (await world.now()) + HOUR_MS;
    await order(exemptUntil(until));
    for (const step of ['remind', 'limit', 'pause', 'decommission', 'ask'] as const)
      expect(await claim(step, { round: 9 }), step).toEqual({ ...held('exempt'), until });
    for (const step of ['restrict', 'unrestrict', 'lift', 'close'] as const)
      expect(await claim(step, { standing: null }), step).toMatchObject({ status: 'granted' });
  });

  it('enforces again once an exemption is over or was ended', async () => {
    const { claim, order, world } = await aCase(open());
    const now = await world.now();
    await order(exemptUntil(now - 1));
    expect(await claim('remind')).toMatchObject({ status: 'granted' });
    await order(exemptUntil(now + HOUR_MS));
    expect(await claim('remind', { round: 2 })).toMatchObject(held('exempt'));
    await order(exemptUntil(null));
    expect(await claim('remind', { round: 2 })).toMatchObject({ status: 'granted' });
  });

  it('IN-5 takes nothing from an account while it is immune, and reminds, asks and gives back all the same', async () => {
    const { claim, order, warn, world } = await aCase(open());
    await warn(1, -HOUR_MS, 'limit');
    await warn(2, -HOUR_MS, 'pause');
    await warn(3, -HOUR_MS, 'decommission');
    const until = (await world.now()) + HOUR_MS;
    await order(immuneUntil(until));
    for (const step of ['limit', 'pause', 'decommission'] as const)
      expect(await claim(step, { round: 9 }), step).toEqual({ ...held('immune'), until });
    for (const step of ['remind', 'ask'] as const)
      expect(await claim(step, { round: 9 }), step).toMatchObject({ status: 'granted' });
    for (const step of ['restrict', 'unrestrict', 'lift', 'close'] as const)
      expect(await claim(step, { standing: null }), step).toMatchObject({ status: 'granted' });
  });

  it('IN-5 takes again once an immunity is over, and from other accounts meanwhile', async () => {
    const world = open();
    const [one, two] = [await aCase(world), await aCase(world)];
    const now = await world.now();
    await one.order(immuneUntil(now - 1));
    expect(await one.claim('limit', { policy: untoldPolicy })).toMatchObject({ status: 'granted' });
    await one.order(immuneUntil(now + HOUR_MS));
    expect(await one.claim('limit', { policy: untoldPolicy, round: 2 })).toMatchObject(held('immune'));
    expect(await two.claim('limit', { policy: untoldPolicy })).toMatchObject({ status: 'granted' });
  });

  it('exempts and forgives one account and no other', async () => {
    const world = open();
    const [one, two] = [await aCase(world), await aCase(world)];
    await one.order(exemptUntil((await world.now()) + HOUR_MS), forgiving('in_1'));
    expect(await two.claim('remind')).toMatchObject({ status: 'granted' });
  });
}
