import { expect, it } from 'vitest';
import { loadPolicy, parsePolicy } from '../../src/policy/load.js';
import { approveUpdate, rejectUpdate } from '../../workflows/messages.js';
import { until } from '../support/quiet.js';
import { refusalOf, type Trial } from '../support/time-skipping.js';
import { describeInTime, type TrialOpeners } from '../support/time-skipping-suite.js';

const policy = loadPolicy('test/support/policies/whole.yaml');
const names = ['web', 'worker', 'cron'];
const allOff = { web: 0, worker: 0, cron: 0 };
const never = { reason: 'never paid' };

/** An account in arrears on the day before its deletion could be asked for. */
async function announced({ openInArrears }: TrialOpeners): Promise<Trial> {
  const trial = await openInArrears({ policy });
  await trial.reach(89);
  return trial;
}

const approve = (trial: Trial, plan = trial.plan()) => trial.order(approveUpdate, { plan, ...never });
const reject = (trial: Trial, plan = trial.plan()) => trial.order(rejectUpdate, { plan, ...never });
const findings = (trial: Trial) => trial.file().findings.map(({ kind }) => kind);

/** Nothing is deleted, nothing is ended at Stripe, and the customer was not told that it were. */
function expectNothingDeleted(trial: Trial): void {
  expect(trial.target.deleted('acme')).toEqual([]);
  expect(trial.billing.ended).toEqual([]);
  expect(trial.sizes()).toMatchObject(allOff);
  expect(trial.post.topics()).not.toContain('decommissioned');
  expect(trial.access().access).toBe('suspended');
}

describeInTime('the final notice', ({ openInArrears }) => {
  it('TT-4 LG-2 comes on its day, names the day of the deletion and where the data are; people are asked only then', async () => {
    const trial = await openInArrears({ policy });
    await trial.reach(59.9);
    expect(trial.post.topics()).not.toContain('final');
    await trial.reach(60);
    const [final] = trial.post.letters.slice(-1);
    expect(final).toMatchObject({ topic: 'final', exportUrl: 'https://example.com/export' });
    expect(final?.promises.map(({ step, at }) => [step, trial.dayOf(at)])).toEqual([['decommission', 90]]);
    await trial.reach(89.9);
    expect(trial.asked()).toEqual([]);
    expect(trial.file().approval).toBeNull();
    await trial.reach(90);
    expect(trial.asked()).toEqual([90]);
    expect(trial.post.asked).toMatchObject([
      {
        recipient: 'operations@example.com',
        owed: [{ currency: 'usd', amountMinor: 4900 }],
        plan: { subscriptions: ['sub_1'], collection: 'cancel' },
        planHash: trial.file().approval?.planHash,
      },
    ]);
    expect(trial.post.asked[0]?.plan.resources.map(({ id }) => id)).toEqual(names);
  });

  it('TT-4 that the mail server took only later puts the deletion off: the data stay open for the whole retention', async () => {
    const trial = await openInArrears({ policy });
    await trial.reach(59);
    trial.post.downUntil(trial.day(60.3));
    await trial.reach(60.4);
    const final = trial.post.letters.find(({ topic }) => topic === 'final');
    // Within the hour after the outage.
    expect(trial.dayOf(final?.at ?? 0)).toBe(60.34);
    await trial.reach(90.3);
    expect(trial.asked()).toEqual([]);
    await trial.reach(90.4);
    expect(trial.asked()).toEqual([90.34]);
  });
});

describeInTime('a deletion that is due', (openers) => {
  it('TT-4 is not done without an approval; a request that nobody answers is a finding and is asked anew', async () => {
    const trial = await announced(openers);
    await trial.reach(90);
    const first = trial.file().approval;
    await trial.reach(103.9);
    expect(trial.asked()).toEqual([90]);
    await trial.reach(104);
    expect(trial.asked()).toEqual([90, 104]);
    expect(findings(trial)).toEqual(['deletion_not_approved']);
    expect(trial.file().approval).toMatchObject({ decision: null });
    expect(trial.file().approval?.id).not.toBe(first?.id);
    await trial.reach(119);
    expect(trial.asked()).toEqual([90, 104, 118]);
    expectNothingDeleted(trial);
  });

  it('P-8 TT-4 deletes just the approved plan: every archive is read back before collection ends, and collection before the first is gone', async () => {
    const trial = await announced(openers);
    await trial.reach(90);
    const endedBefore = { verifyArchive: [] as number[], decommission: [] as number[] };
    for (const method of ['verifyArchive', 'decommission'] as const)
      trial.before(method, () => Promise.resolve(endedBefore[method].push(trial.billing.ended.length)));
    await approve(trial);
    await trial.quiet();
    expect(trial.target.deleted('acme')).toEqual(names);
    const calls = trial.target.calls.map(({ method, id }) => `${method} ${id ?? ''}`);
    const firstDeletion = calls.findIndex((call) => call.startsWith('decommission'));
    for (const name of names) expect(calls.indexOf(`verifyArchive ${name}`)).toBeLessThan(firstDeletion);
    for (const name of names) expect(calls).toContain(`verifyArchive ${name}`);
    expect(endedBefore).toEqual({ verifyArchive: [0, 0, 0], decommission: [1, 1, 1] });
    expect(trial.billing.ended).toEqual([{ subscription: 'sub_1', how: 'cancel' }]);
    const proofs = await trial.deletions.of(trial.account.id);
    expect(proofs.map(({ resource, archive, deleted }) => [resource.id, archive, deleted]).sort()).toEqual(
      [...names].sort().map((name) => [name, `memory:acme/${name}`, true]),
    );
    expect(trial.ordered()).toMatchObject([{ kind: 'approve', by: 'the supporter', reason: 'never paid' }]);
    expect(await trial.isOver()).toBe(true);
  });

  it('TT-4 is not done by a platform that has no archives: it fails by that name, and collection goes on', async () => {
    const trial = await announced(openers);
    await trial.reach(90);
    trial.target.failNext('archive', 'NOT_OFFERED');
    await approve(trial);
    await trial.quiet();
    expect(trial.target.deleted('acme')).toEqual([]);
    expect(trial.billing.ended).toEqual([]);
    expect(trial.post.topics()).not.toContain('decommissioned');
    expect(trial.file().stage).not.toBe('decommissioned');
    expect(trial.file().hold).toMatchObject({ of: 'decommission', reason: 'failed' });
    expect(JSON.stringify(trial.file())).toContain('NOT_OFFERED');
  });

  it('TT-4 stops before the first deletion while an archive can not be read back, and goes on when all can', async () => {
    const trial = await announced(openers);
    await trial.reach(90);
    let tries = 0;
    trial.before('verifyArchive', async (id) => {
      if (id === 'cron') tries += 1;
      await Promise.resolve(
        id === 'cron' && tries <= 3 ? trial.target.spoilArchive('acme', 'cron') : undefined,
      );
      expect(trial.target.deleted('acme')).toEqual([]);
    });
    await approve(trial);
    await trial.reach(90.1);
    expect(tries).toBe(4);
    expect(trial.target.deleted('acme')).toEqual(names);
    expect(trial.effects()['decommission/1']).toEqual(['intent', 'done']);
  });

  it.each([90, 91])(
    'TT-4 that was rejected on day %i is told anew and asked for anew when the retention is over again, not before',
    async (rejectedOn) => {
      const trial = await announced(openers);
      await trial.reach(rejectedOn);
      await reject(trial);
      await trial.reach(rejectedOn + 29.9);
      expect(trial.told().at(-1)).toEqual(['final', 60]);
      await trial.reach(rejectedOn + 59.9);
      expect(trial.told().slice(-1)).toEqual([['moved', rejectedOn + 30]]);
      expect(trial.post.letters.at(-1)?.promises).toMatchObject([{ step: 'decommission' }]);
      expect(trial.dayOf(trial.post.letters.at(-1)?.promises[0]?.at ?? 0)).toBe(rejectedOn + 60);
      expect(trial.asked()).toEqual([90]);
      await trial.reach(rejectedOn + 60.01);
      expect(trial.asked()).toEqual([90, rejectedOn + 60]);
      expectNothingDeleted(trial);
    },
  );

  it.each([
    ['a resource that came later', (trial: Trial) => trial.target.seed('acme', [{ id: 'late', size: 0 }])],
    ['a subscription that began anew', (trial: Trial) => trial.stripe.subscriptionBecomes('live', 'sub_2')],
  ])('P-8 TT-4 does not go by a plan that does not name %s: it is asked anew', async (_, change) => {
    const trial = await announced(openers);
    await trial.reach(90);
    const first = trial.plan();
    change(trial);
    await approve(trial);
    await trial.quiet();
    expectNothingDeleted(trial);
    expect(trial.asked()).toEqual([90, 90]);
    expect(trial.plan()).not.toBe(first);
    expect(trial.file().approval).toMatchObject({ decision: null });
    await approve(trial);
    await trial.quiet();
    expect(trial.file().stage).toBe('decommissioned');
    expect(trial.sizes()).toEqual({});
  });

  it('TT-4 deletes nothing when the debt was paid meanwhile, although it is approved', async () => {
    const trial = await announced(openers);
    await trial.reach(90);
    trial.stripe.pay();
    await approve(trial);
    await trial.quiet();
    expect(trial.target.deleted('acme')).toEqual([]);
    expect(trial.billing.ended).toEqual([]);
    await trial.reach(90.1);
    expect(trial.file().stage).toBe('recovered');
    expect(trial.told().at(-1)?.[0]).toBe('recovered');
    expect(trial.access().access).toBe('active');
  });
});

describeInTime('a decision on a deletion', (openers) => {
  it('TT-4 is refused for another plan, and a second one too: each with its sentence, and nothing changes', async () => {
    const trial = await announced(openers);
    expect(await refusalOf(approve(trial, 'deadbeef'))).toBe('no deletion waits for approval');
    await trial.reach(90);
    const before = trial.file();
    expect(await refusalOf(approve(trial, 'deadbeef'))).toBe(
      `that is another plan: the one that waits is ${trial.plan()}`,
    );
    expect(await refusalOf(approve(trial, trial.plan().slice(0, 7)))).toContain('another plan');
    await trial.quiet();
    expect(trial.file()).toEqual(before);
    expectNothingDeleted(trial);
    await reject(trial);
    expect(await refusalOf(approve(trial))).toBe('it was rejected by the supporter already');
    await trial.reach(92);
    expectNothingDeleted(trial);
  });

  it('P-8 TT-4 of a request that has expired is refused: by then it is another request, with another plan', async () => {
    const trial = await announced(openers);
    await trial.reach(90);
    const old = trial.file().approval?.id ?? '';
    await trial.reach(104.1);
    expect(await refusalOf(approve(trial, old))).toContain('that is another plan');
    expectNothingDeleted(trial);
  });

  it('P-8 TT-4 that could not be carried out before its request expired deletes nothing: it is asked anew', async () => {
    const trial = await announced(openers);
    await trial.reach(103.9);
    trial.billing.failUntil(trial.day(104.1));
    await approve(trial);
    await trial.reach(105);
    expectNothingDeleted(trial);
    expect(trial.asked()).toEqual([90, 104.1]);
    expect(trial.file().approval).toMatchObject({ decision: null });
  });
});

describeInTime('collection', ({ openInArrears }) => {
  it.each([
    ['pause', [{ subscription: 'sub_1', how: 'pause' }]],
    ['cancel', [{ subscription: 'sub_1', how: 'cancel' }]],
  ] as const)('TT-10 ends as the policy says before anything is deleted: %s', async (how, ended) => {
    const text = `
      name: short
      retryWindow: 1d
      reminders: [{ after: 1d }]
      pause: { after: 3d, lead: 1d }
      decommission: { after: 5d, retention: 2d, approvers: [ops@example.com], collection: ${how} }
      contact: billing@example.com`;
    const trial = await openInArrears({ policy: parsePolicy(text, 'short.yaml') });
    await trial.reach(7);
    let endedBefore = -1;
    trial.before('decommission', () => Promise.resolve((endedBefore = trial.billing.ended.length)));
    await approve(trial);
    await until(() => trial.target.deleted('acme').length === names.length);
    await trial.quiet();
    expect(trial.billing.ended).toEqual(ended);
    expect(endedBefore).toBe(ended.length);
    expect(trial.file().stage).toBe('decommissioned');
  });
});
