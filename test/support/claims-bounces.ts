import { expect, it } from 'vitest';
import type { TakingStep } from '../../src/domain/effect.js';
import { HOUR_MS, type Instant } from '../../src/domain/time.js';
import { aCase, leadMs, newCaseId, type ClaimsWorld } from './claims-case.js';

const [ada, bob] = ['ada@example.com', 'bob@example.com'];
const held = { status: 'held', reason: 'notice_missing' };

/** A case that tells a date to some recipients, and hears of their mail servers. */
async function aTellingCase(world: ClaimsWorld) {
  const acting = await aCase(world);
  const { account, caseId, claims, grant, key } = acting;
  const idOf = (round: number) => `<${account}.${caseId}.remind.${round}@example.com>`;
  async function tell(round: number, at: Instant, recipients: readonly string[], step: TakingStep = 'pause') {
    const notice = {
      messageId: idOf(round),
      topic: 'reminder',
      promises: [{ step, at }],
      recipients,
    } as const;
    const outcome = await claims.settle(key('remind', round), await grant('remind', { round }), {
      evidence: 'sent',
      notice,
    });
    return outcome.status === 'done' ? outcome.at : NaN;
  }
  return {
    ...acting,
    tell,
    bounce: (round: number, recipient: string) => world.bounce(idOf(round), recipient),
    soon: async () => (await world.now()) + leadMs,
  };
}

/** Only what arrived is a warning. */
export function bouncesKeepTheirWord(open: () => ClaimsWorld): void {
  it('P-4 pauses nobody whose only notice bounced before its lead was over', async () => {
    const { tell, bounce, soon, claim, world } = await aTellingCase(open());
    await tell(1, await soon(), [ada]);
    await world.wait(leadMs / 2);
    await bounce(1, ada);
    await world.wait(leadMs);
    expect(await claim('pause')).toMatchObject(held);
    await tell(2, await soon(), [bob]);
    await world.wait(leadMs);
    expect(await claim('pause')).toMatchObject({ status: 'granted' });
  });

  it('P-4 deletes and limits nothing on the strength of a notice that bounced', async () => {
    const { tell, bounce, soon, claim, world, ask, decide } = await aTellingCase(open());
    const approval = await ask();
    await decide(approval, true);
    for (const [index, step] of (['limit', 'decommission'] as const).entries()) {
      await tell(index + 1, await soon(), [ada], step);
      await bounce(index + 1, ada);
    }
    await world.wait(leadMs);
    expect(await claim('limit')).toMatchObject(held);
    expect(await claim('decommission', { approval: approval.id })).toMatchObject(held);
  });

  it('P-4 counts a notice as delivered while one of its recipients got it', async () => {
    const { tell, bounce, soon, claim, tracks, world } = await aTellingCase(open());
    await tell(1, await soon(), [ada, bob]);
    await bounce(1, ada);
    await bounce(1, ada);
    await world.wait(leadMs);
    expect((await tracks()).undelivered).toEqual([]);
    expect(await claim('pause')).toMatchObject({ status: 'granted' });
  });

  it('P-4 takes a notice for undelivered once each of its recipients bounced', async () => {
    const { tell, bounce, soon, claim, world } = await aTellingCase(open());
    await tell(1, await soon(), [ada, bob]);
    await bounce(1, ada);
    await bounce(1, bob);
    await world.wait(leadMs);
    expect(await claim('pause')).toMatchObject(held);
  });

  it('P-4 leaves a pause as it is when its notice bounces afterwards', async () => {
    const { tell, bounce, soon, carryOut, account, audit, tracks, world } = await aTellingCase(open());
    await tell(1, await soon(), [ada]);
    await world.wait(leadMs);
    await carryOut('pause');
    const before = { access: await world.access(account), audit: await audit() };
    await bounce(1, ada);
    expect({ access: await world.access(account), audit: await audit() }).toEqual(before);
    expect(await tracks()).toMatchObject({ unsettled: null, rounds: { pause: 1 } });
  });

  it('P-4 goes by the date that arrived when a later one bounced', async () => {
    const { tell, bounce, soon, claim, world } = await aTellingCase(open());
    await tell(1, await soon(), [ada]);
    await tell(2, (await soon()) + 5 * HOUR_MS, [ada]);
    await bounce(2, ada);
    await world.wait(leadMs);
    expect(await claim('pause')).toMatchObject({ status: 'granted' });
  });

  it('P-4 counts the lead from the first notice that arrived', async () => {
    const { tell, bounce, claim, world } = await aTellingCase(open());
    const at = (await world.now()) + leadMs;
    await tell(1, at, [ada]);
    await world.wait(leadMs / 2);
    const acceptedAt = await tell(2, at, [bob]);
    await bounce(1, ada);
    await world.wait(leadMs / 2);
    expect(await claim('pause')).toEqual({
      status: 'held',
      reason: 'notice_too_recent',
      until: acceptedAt + leadMs,
    });
  });

  it('P-4 believes no bounce of a mail that was not sent, nor to whom it was not sent', async () => {
    const { tell, bounce, soon, claim, world } = await aTellingCase(open());
    await tell(1, await soon(), [ada]);
    await bounce(2, ada);
    await bounce(1, bob);
    await world.wait(leadMs);
    expect(await claim('pause')).toMatchObject({ status: 'granted' });
  });

  it('P-4 tells a case which of its dates nobody got, and since when somebody has', async () => {
    const { tell, bounce, soon, tracks, claims, account } = await aTellingCase(open());
    const at = await soon();
    await tell(1, at, [ada]);
    expect((await tracks()).undelivered).toEqual([]);
    await bounce(1, ada);
    expect((await tracks()).undelivered).toEqual([{ step: 'pause', at, deliveredAt: null }]);
    const deliveredAt = await tell(2, at, [bob]);
    expect((await tracks()).undelivered).toEqual([{ step: 'pause', at, deliveredAt }]);
    expect((await claims.tracks(account, newCaseId())).undelivered).toEqual([]);
    expect((await claims.tracks(account, null)).undelivered).toEqual([]);
  });
}
