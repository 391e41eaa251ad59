import { expect, it } from 'vitest';
import { asApprovalId } from '../../src/domain/ids.js';
import { HOUR_MS } from '../../src/domain/time.js';
import { aCase, plan, type ClaimsWorld } from './claims-case.js';

/** What every implementation of `Approvals` holds to. */
export function approvalsKeepTheirWord(open: () => ClaimsWorld): void {
  it('opens one request for each act that asks; the first plan and its end stand', async () => {
    const { ask, key, world, account, caseId } = await aCase(open());
    const first = await ask();
    expect(first).toEqual({
      id: expect.any(String) as string,
      account,
      caseId,
      plan,
      planHash: 'hash-1',
      summary: '2 instances',
      expiresAt: expect.any(Number) as number,
      approved: null,
      isUsed: false,
    });
    const other = {
      plan: { ...plan, resources: [] },
      planHash: 'other',
      expiresAt: first.expiresAt + HOUR_MS,
    };
    expect(await world.approvals.open(key('ask'), other)).toEqual(first);
    expect(await world.approvals.read(first.id)).toEqual(first);
  });

  it('opens another request for another round, and says what was decided of each', async () => {
    const { ask, decide, world } = await aCase(open());
    const [one, two] = [await ask(), await ask({ round: 2 })];
    expect(two.id).not.toBe(one.id);
    await decide(one, false);
    expect(await ask()).toEqual({ ...one, approved: false });
    expect(await world.approvals.read(two.id)).toEqual(two);
  });

  it.each(['no id at all', '00000000-0000-0000-0000-000000000000'])(
    'knows nothing of a request of another id: %s',
    async (id) => {
      expect(await open().approvals.read(asApprovalId(id))).toBeNull();
    },
  );
}
