import { expect, it } from 'vitest';
import { signDecision } from '../../src/guard/decision-proof.js';
import type { BulkRules } from '../../src/guard/bulk.js';
import { HOUR_MS, type Instant } from '../../src/domain/time.js';
import type { BulkApprovals, BulkRequest, BulkWish } from '../../src/ports/bulk.js';

export const bulkSecret = 'a secret for many acts, long enough to be one';
export const [zoe, max] = ['zoe@example.com', 'max@example.com'] as const;

/** Bulk approvals of one kind, and what a test has to see behind them. */
export type BulkWorld = {
  under(rules: Partial<BulkRules>): BulkApprovals;
  now(): Promise<Instant>;
  /** From now on it is so much later. */
  wait(ms: number): Promise<void>;
};

const acts = ['freeze acme', 'freeze beta', 'freeze coal'];
const kind = 'freeze';

/** Short words for what a test does with requests. */
function atWork(world: BulkWorld, rules: Partial<BulkRules> = { approvers: [zoe, max] }) {
  const bulk = world.under(rules);
  const ask = async (changes: Partial<BulkWish> = {}) => {
    const expiresAt = (await world.now()) + HOUR_MS;
    return bulk.ask({ kind, acts, askedBy: zoe, reason: 'a fire drill', expiresAt, ...changes });
  };
  const decide = (request: BulkRequest, approved = true, by: string = max, secret = bulkSecret) => {
    const { id, expiresAt } = request;
    const proof = signDecision(secret, { approval: id, approved, by, expiresAt });
    return bulk.decide(id, { approved, by, proof });
  };
  const consume = ({ id }: Pick<BulkRequest, 'id'>, wanted: readonly string[] = acts, of = kind) =>
    bulk.consume(id, { kind: of, acts: wanted });
  const approved = async (changes: Partial<BulkWish> = {}) => {
    const request = await ask(changes);
    expect(await decide(request)).toMatchObject({ status: 'decided' });
    return request;
  };
  return { bulk, ask, decide, consume, approved };
}

const refusedFor = (reason: string) => ({ status: 'refused', reason, text: expect.any(String) as string });

/** What every implementation of `BulkApprovals` holds to, in memory and on Postgres alike. */
export function bulkKeepsItsWord(open: () => BulkWorld): void {
  itBinds(open);
  itKeepsApart(open);
  itEnds(open);
}

function itBinds(open: () => BulkWorld): void {
  it('P-8 allows exactly the acts that were approved, whatever their order, and just once', async () => {
    const { approved, consume, bulk } = atWork(open());
    const request = await approved();
    expect(request).toMatchObject({
      kind,
      acts,
      count: 3,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect(await consume(request, [...acts].reverse())).toMatchObject({
      status: 'allowed',
      request: { usedAt: expect.any(Number) as number },
    });
    expect(await consume(request)).toEqual(refusedFor('used'));
    expect((await bulk.read(request.id))?.usedAt).not.toBeNull();
  });

  it.each<[string, readonly string[], string]>([
    ['one more', [...acts, 'freeze dune'], kind],
    ['one less', acts.slice(1), kind],
    ['another in its place', [...acts.slice(1), 'freeze dune'], kind],
    ['one of them twice', [...acts, acts[0]!], kind],
    ['none', [], kind],
    ['two names that read as three', [acts[0]!, acts.slice(1).join(',')], kind],
    ['the same names for something else', acts, 'delete'],
  ])('P-8 is void for any other set: %s', async (_, wanted, of) => {
    const { approved, consume } = atWork(open());
    const request = await approved();
    expect(await consume(request, wanted, of)).toEqual(refusedFor('changed'));
    // Nothing was used up by that.
    expect(await consume(request)).toMatchObject({ status: 'allowed' });
  });

  it('P-8 allows nothing that nobody has decided, that was rejected, or that nobody asked for', async () => {
    const { ask, decide, consume } = atWork(open());
    const request = await ask();
    expect(await consume(request)).toEqual(refusedFor('undecided'));
    await decide(request, false);
    expect(await consume(request)).toEqual(refusedFor('rejected'));
    for (const id of ['no id at all', '00000000-0000-0000-0000-000000000000'])
      expect(await consume({ id })).toEqual(refusedFor('unknown'));
  });

  it('P-7 takes no request for nothing', async () => {
    const { ask } = atWork(open());
    await expect(ask({ acts: [] })).rejects.toThrow(/between 1 and/);
  });
}

function itKeepsApart(open: () => BulkWorld): void {
  it.each([zoe, zoe.toUpperCase(), 'zoe'])(
    'P-8 lets nobody allow what he has asked for, where two are configured: %s',
    async (askedBy) => {
      const { ask, decide, bulk } = atWork(open());
      const request = await ask({ askedBy });
      expect(await decide(request, true, zoe)).toMatchObject({
        status: 'refused',
        why: expect.stringContaining('somebody else') as string,
      });
      expect((await bulk.read(request.id))?.decision).toBeNull();
      expect(await decide(request, true, max)).toMatchObject({ status: 'decided' });
    },
  );

  it('P-8 lets nobody decide who is none of the approvers', async () => {
    const { ask, decide } = atWork(open());
    const refused = { status: 'refused', why: expect.stringContaining('none of the approvers') as string };
    expect(await decide(await ask(), true, 'eve@example.com')).toEqual(refused);
  });

  it.each([[[]], [[zoe]]])(
    'lets a single person do both, and the record says so: approvers %j',
    async (approvers) => {
      const { ask, decide, bulk, consume } = atWork(open(), { approvers });
      const request = await ask();
      expect(await decide(request, true, zoe)).toMatchObject({ status: 'decided' });
      expect((await bulk.read(request.id))?.decision).toMatchObject({ by: zoe, alone: true });
      expect(await consume(request)).toMatchObject({ status: 'allowed' });
    },
  );

  it('P-8 counts no decision without the proof that it came through us', async () => {
    const { ask, decide, bulk } = atWork(open());
    const request = await ask();
    const { id, expiresAt } = request;
    expect(await decide(request, true, max, 'another secret')).toMatchObject({ status: 'refused' });
    const rejecting = signDecision(bulkSecret, { approval: id, approved: false, by: max, expiresAt });
    for (const proof of ['', 'x.y.z', rejecting])
      expect(await bulk.decide(id, { approved: true, by: max, proof })).toMatchObject({ status: 'refused' });
    expect((await bulk.read(id))?.decision).toBeNull();
  });

  it('P-8 takes no decision at all where no secret is set', async () => {
    const { ask, decide } = atWork(open(), { secret: null });
    expect(await decide(await ask())).toMatchObject({
      status: 'refused',
      why: expect.stringContaining('FORBEAR_LINK_SECRET') as string,
    });
  });
}

function itEnds(open: () => BulkWorld): void {
  it('lets the first decision stand', async () => {
    const { ask, decide, bulk } = atWork(open());
    const request = await ask();
    await decide(request, false);
    expect(await decide(request, true)).toMatchObject({
      status: 'refused',
      why: `it was rejected by ${max} already`,
    });
    expect((await bulk.read(request.id))?.decision).toMatchObject({ approved: false, by: max, alone: false });
  });

  it('P-8 ends with its time, decided or not', async () => {
    const world = open();
    const { ask, approved, decide, consume, bulk } = atWork(world);
    const [late, unused] = [await ask(), await approved()];
    await world.wait(2 * HOUR_MS);
    expect(await decide(late)).toMatchObject({ status: 'refused' });
    for (const request of [late, unused]) expect(await consume(request)).toEqual(refusedFor('expired'));
    const open200 = (await bulk.open()).map(({ id }) => id);
    for (const { id } of [late, unused]) expect(open200).not.toContain(id);
  });

  it('shows what waits for a decision or for its acts, and nothing that is over', async () => {
    const { ask, approved, decide, consume, bulk } = atWork(open());
    const [waiting, allowed, used, rejected] = [await ask(), await approved(), await approved(), await ask()];
    await consume(used);
    await decide(rejected, false);
    const shown = (await bulk.open()).map(({ id }) => id);
    expect(shown).toEqual(expect.arrayContaining([waiting.id, allowed.id]));
    for (const { id } of [used, rejected]) expect(shown).not.toContain(id);
  });
}
