import { expect, it } from 'vitest';
import type { ApprovalRow } from '../../src/ports/approvals.js';
import { keptCode, makeCode } from '../../src/guard/approval-code.js';
import { mostWrongCodes } from '../../src/guard/decision.js';
import { signDecision } from '../../src/guard/decision-proof.js';
import { unnamedSender } from '../../src/domain/decisions.js';
import {
  aCase,
  decisionOf,
  linkSecret,
  newCaseId,
  type ClaimsWorld,
  type EvidenceGiven,
} from './claims-case.js';

const [zoe, max] = ['zoe@example.com', 'max@example.com'];

/** Whose decisions count, and for how long an approval is good: what the guard writes down and grants. */
export function decisionsKeepTheirWord(open: () => ClaimsWorld): void {
  itUsesUp(open);
  itProves(open);
  itTakesCodes(open);
}

/** A case whose deletion was announced and is approved. */
async function approvedCase(world: ClaimsWorld) {
  const acting = await aCase(world);
  await acting.warn(1, -1_000, 'decommission');
  const asked = await acting.ask();
  await acting.decide(asked, true);
  return { ...acting, asked };
}

function itUsesUp(open: () => ClaimsWorld): void {
  it('P-8 uses an approval up with the claim: a retry goes on under it, no other round does', async () => {
    const { asked, claim, world, carryOut } = await approvedCase(open());
    const approval = asked.id;
    expect((await world.approvals.read(approval))?.isUsed).toBe(false);
    for (let tries = 1; tries <= 3; tries += 1)
      expect(await claim('decommission', { approval })).toMatchObject({ status: 'granted' });
    expect((await world.approvals.read(approval))?.isUsed).toBe(true);
    const second = { status: 'held', reason: 'approval_missing', until: null };
    expect(await claim('decommission', { approval, round: 2 })).toEqual(second);
    await carryOut('decommission', { approval });
    expect(await claim('decommission', { approval, round: 2 })).toEqual(second);
  });

  it('P-8 lets an act go on under a new approval, and then neither serves another', async () => {
    const { asked, ask, decide, claim } = await approvedCase(open());
    await claim('decommission', { approval: asked.id });
    const anew = await ask({ round: 2 });
    await decide(anew, true);
    expect(await claim('decommission', { approval: anew.id })).toMatchObject({ status: 'granted' });
    for (const approval of [asked.id, anew.id])
      expect(await claim('decommission', { approval, round: 2 })).toMatchObject({ status: 'held' });
  });

  it('P-8 uses nothing up with a claim that is held', async () => {
    const { asked, claim, world, request } = await approvedCase(open());
    const braked = world.braked({ mode: 'enforce', frozen: true });
    await braked.claim(await request('decommission', { approval: asked.id }));
    expect((await world.approvals.read(asked.id))?.isUsed).toBe(false);
    expect(await claim('decommission', { approval: asked.id, round: 2 })).toMatchObject({
      status: 'granted',
    });
  });

  it('P-8 lets no other case live off an approval', async () => {
    const { asked, request, claims, key } = await approvedCase(open());
    const other = { ...key('decommission'), caseId: newCaseId() };
    const claimed = { ...(await request('decommission', { approval: asked.id })), key: other };
    expect(await claims.claim(claimed)).toMatchObject({ status: 'held' });
  });
}

function itProves(open: () => ClaimsWorld): void {
  it.each([
    ['nothing at all', () => ({ unproven: true })],
    ['a word', () => ({ proof: 'please' })],
    ['a proof of another secret', (asked: ApprovalRow) => ({ proof: proofOf(asked, 'another secret') })],
    ['a proof of the other decision', (asked: ApprovalRow) => ({ proof: proofOf(asked, linkSecret, false) })],
    ['the proof of somebody else', (asked: ApprovalRow) => ({ proof: proofOf(asked), by: 'eve' })],
    ['a proof that has expired', ({ id }: ApprovalRow) => ({ proof: proofOf({ id, expiresAt: 1 }) })],
  ] as readonly [string, (asked: ApprovalRow) => EvidenceGiven][])(
    'P-8 counts no decision on the strength of %s, and says so in the log',
    async (_, evidenceFor) => {
      const { ask, order, world, audit } = await aCase(open());
      const asked = await ask();
      const forged = decisionOf(asked, true, evidenceFor(asked));
      const [verdict] = await order(forged);
      expect(verdict).toMatchObject({ id: forged.id, isVoid: false });
      expect((await world.approvals.read(asked.id))?.approved).toBeNull();
      expect((await audit())[0]?.body).toMatchObject({
        kind: 'approve',
        text: expect.stringContaining('refused') as string,
        refused: expect.any(String) as string,
      });
      expect(await order(forged)).toEqual([verdict]);
      expect(await audit()).toHaveLength(1);
    },
  );

  it('P-8 lets only those decide who were asked, where two were', async () => {
    const { ask, order, world } = await aCase(open());
    const asked = await ask();
    for (const approver of [zoe, max]) await sendCode(world, asked, approver);
    const [verdict] = await order(decisionOf(asked, true, { by: 'ada' }));
    expect(verdict).toMatchObject({ refusal: expect.stringContaining('only those') as string });
    expect((await world.approvals.read(asked.id))?.approved).toBeNull();
    expect(await order(decisionOf(asked, true, { by: max.toUpperCase() }))).toEqual([]);
    expect((await world.approvals.read(asked.id))?.approved).toBe(true);
  });
}

function itTakesCodes(open: () => ClaimsWorld): void {
  it('TT-4 takes the code of an approver for his word, and names him', async () => {
    const { ask, order, world, audit } = await aCase(open());
    const asked = await ask();
    const code = await sendCode(world, asked, zoe);
    const decision = decisionOf(asked, true, {
      by: unnamedSender,
      code: code.replace('-', '').toLowerCase(),
    });
    expect(await order(decision)).toEqual([{ id: decision.id, by: zoe }]);
    expect(await order(decision)).toEqual([{ id: decision.id, by: zoe }]);
    expect((await world.approvals.read(asked.id))?.approved).toBe(true);
    expect(JSON.stringify((await audit())[0]?.body)).not.toContain(code);
  });

  it('TT-4 takes a code of an earlier mail as well as that of the last', async () => {
    const { ask, order, world } = await aCase(open());
    const asked = await ask();
    const [first] = [await sendCode(world, asked, zoe, null), await sendCode(world, asked, zoe, null)];
    expect(await order(decisionOf(asked, false, { by: zoe, code: first }))).toEqual([]);
    expect((await world.approvals.read(asked.id))?.approved).toBe(false);
  });

  it('TT-4 takes nobody’s code for that of another approver, nor for another request', async () => {
    const { ask, order, world } = await aCase(open());
    const [asked, other] = [await ask(), await ask({ round: 2 })];
    const code = await sendCode(world, asked, zoe);
    await sendCode(world, other, zoe);
    await order(decisionOf(asked, true, { by: max, code }), decisionOf(other, true, { by: zoe, code }));
    for (const { id } of [asked, other]) expect((await world.approvals.read(id))?.approved).toBeNull();
  });

  it('TT-4 makes a request void with the fifth wrong code; the right one comes too late then', async () => {
    const { ask, order, world, claim, warn } = await aCase(open());
    const asked = await ask();
    const code = await sendCode(world, asked, zoe);
    const guesses = Array.from({ length: mostWrongCodes }, () =>
      decisionOf(asked, true, { code: '0000-0000' }),
    );
    const verdicts = await order(...guesses);
    expect(verdicts.map((verdict) => 'isVoid' in verdict && verdict.isVoid)).toEqual([
      ...Array.from({ length: mostWrongCodes - 1 }, () => false),
      true,
    ]);
    expect((await order(...guesses)).at(-1)).toEqual(verdicts.at(-1));
    const after = await world.approvals.read(asked.id);
    expect(after?.approved).toBeNull();
    expect(after?.expiresAt).toBeLessThanOrEqual(await world.now());
    await order(decisionOf(asked, true, { by: zoe, code }));
    await warn(1, -1_000, 'decommission');
    expect(await claim('decommission', { approval: asked.id })).toMatchObject({ status: 'held' });
  });

  it('TT-4 counts the wrong codes of each request for itself, and repeats of one order once', async () => {
    const { ask, order, world } = await aCase(open());
    const [asked, other] = [await ask(), await ask({ round: 2 })];
    const code = await sendCode(world, asked, zoe);
    await sendCode(world, other, zoe);
    const wrong = decisionOf(asked, true, { code: 'wrong' });
    for (let tries = 0; tries <= mostWrongCodes; tries += 1) await order(wrong);
    for (let tries = 1; tries < mostWrongCodes; tries += 1)
      await order(decisionOf(other, true, { code: 'wrong' }));
    expect(await order(decisionOf(asked, true, { by: zoe, code }))).toEqual([]);
    expect((await world.approvals.read(asked.id))?.approved).toBe(true);
  });
}

const proofOf = (
  { id, expiresAt }: Pick<ApprovalRow, 'id' | 'expiresAt'>,
  secret = linkSecret,
  approved = true,
) => signDecision(secret, { approval: id, approved, by: 'ada', expiresAt });

/** Keeps a new code as it is when its mail goes out; without a secret it is another each time. */
async function sendCode(
  world: ClaimsWorld,
  { id }: ApprovalRow,
  approver: string,
  secret: string | null = linkSecret,
): Promise<string> {
  const code = makeCode(secret, id, approver);
  await world.approvals.keepCode(id, keptCode(id, approver, code));
  return code;
}
