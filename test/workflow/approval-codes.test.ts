import { expect, it } from 'vitest';
import { loadPolicy, parsePolicy } from '../../src/policy/load.js';
import { mostWrongCodes } from '../../src/guard/decision.js';
import { approveUpdate, rejectUpdate } from '../../workflows/messages.js';
import { refusalOf, type Trial } from '../support/time-skipping.js';
import { describeInTime, type TrialOpeners } from '../support/time-skipping-suite.js';

const policy = loadPolicy('test/support/policies/whole.yaml');
const approver = 'operations@example.com';
const reason = 'never paid';

/** An account whose deletion waits for a decision. */
async function waiting({ openInArrears }: TrialOpeners, options = { policy }): Promise<Trial> {
  const trial = await openInArrears(options);
  await trial.reach(90);
  return trial;
}

const codeOf = (trial: Trial) => trial.post.asked.at(-1)?.code ?? '';

/** As a person types it into the Temporal Web UI, which says nobody's name. */
const typed = (
  trial: Trial,
  input: { readonly code?: string; readonly proof?: string; readonly by?: string },
) => trial.handle.executeUpdate(approveUpdate, { args: [{ plan: trial.plan(), reason, ...input }] });

function expectNothingDeleted(trial: Trial): void {
  expect(trial.target.deleted('acme')).toEqual([]);
  expect(trial.billing.ended).toEqual([]);
  expect(trial.effects()['decommission/1']).toBeUndefined();
}

describeInTime('an approval from the Temporal Web UI', (openers) => {
  it('TT-4 takes the code that was sent to the approver, and names him', async () => {
    const trial = await waiting(openers);
    await typed(trial, { code: codeOf(trial).toLowerCase() });
    await trial.quiet();
    expect(trial.file()).toMatchObject({ stage: 'decommissioned', approval: { decision: { by: approver } } });
    expect(trial.ordered()).toMatchObject([{ kind: 'approve', by: approver, reason }]);
    expect(trial.sizes()).toEqual({});
  });

  it('P-8 is nothing without a code, nor with words that look like a proof: nothing is deleted, and it still waits', async () => {
    const trial = await waiting(openers);
    expect(await refusalOf(typed(trial, {}))).toContain('give the code from your mail');
    expect(await refusalOf(typed(trial, { by: approver }))).toContain('give the code from your mail');
    expect(await refusalOf(typed(trial, { by: approver, proof: '9999999999999.forged' }))).toContain('proof');
    await trial.reach(91);
    expectNothingDeleted(trial);
    expect(trial.file().approval).toMatchObject({ decision: null });
    expect(trial.file().remarks.at(-1)?.text).toMatch(
      /^approve by operations@example.com refused: its proof/,
    );
    expect(
      trial
        .file()
        .remarks.map(({ text }) => text)
        .join(),
    ).not.toContain('approved by');
    expect(trial.ordered()).toMatchObject([{ kind: 'approve', refused: expect.any(String) as string }]);
    await typed(trial, { code: codeOf(trial) });
    await trial.quiet();
    expect(trial.file().stage).toBe('decommissioned');
  });

  it('P-8 is over with the fifth wrong code: the request is void, and asked anew after a while with other codes', async () => {
    const trial = await waiting(openers);
    const [first, right] = [trial.file().approval?.id, codeOf(trial)];
    for (let tries = mostWrongCodes - 1; tries > 0; tries -= 1) {
      expect(await refusalOf(typed(trial, { code: '0000-0000' }))).toContain(`${tries} tries are left`);
      expect(trial.file().approval).toMatchObject({ id: first, decision: null });
    }
    expect(await refusalOf(typed(trial, { code: '0000-0000' }))).toContain('void');
    expect(trial.file().approval).toBeNull();
    expect(await refusalOf(typed(trial, { code: right }))).toBe('no deletion waits for approval');
    expect(trial.asked()).toEqual([90]);
    await trial.reach(90.5);
    expect(trial.asked()).toHaveLength(2);
    expect(trial.file().approval?.id).not.toBe(first);
    expect(codeOf(trial)).not.toBe(right);
    expect(await refusalOf(typed(trial, { code: right }))).toContain('tries are left');
    expectNothingDeleted(trial);
    await typed(trial, { code: codeOf(trial) });
    await trial.quiet();
    expect(trial.file().stage).toBe('decommissioned');
  });

  it('P-8 rejects by a code alone, too', async () => {
    const trial = await waiting(openers);
    const reject = (code: string) =>
      trial.handle.executeUpdate(rejectUpdate, { args: [{ plan: trial.plan(), reason, code }] });
    expect(await refusalOf(reject('0000-0000'))).toContain('wrong');
    await reject(codeOf(trial));
    await trial.reach(91);
    expect(trial.file().approval?.decision).toMatchObject({ approved: false, by: approver });
    expectNothingDeleted(trial);
  });
});

describeInTime('an approval where two are named', (openers) => {
  const two = parsePolicy(
    `
      name: two
      retryWindow: 1d
      reminders: [{ after: 1d }]
      pause: { after: 3d, lead: 1d }
      decommission: { after: 5d, retention: 2d, approvers: [zoe@example.com, max@example.com] }
      contact: billing@example.com`,
    'two.yaml',
  );

  it('P-8 counts from one of them alone, each with a code of his own', async () => {
    const trial = await openers.openInArrears({ policy: two });
    await trial.reach(7);
    const codes = trial.post.asked.map(({ recipient, code }) => [recipient, code] as const);
    expect(codes.map(([recipient]) => recipient).sort()).toEqual(['max@example.com', 'zoe@example.com']);
    const { 'zoe@example.com': zoes = '', 'max@example.com': maxs = '' } = Object.fromEntries(codes);
    expect(zoes).not.toBe(maxs);
    const plan = trial.plan();
    expect(await refusalOf(trial.order(approveUpdate, { plan, reason }))).toContain(
      'is none of the approvers',
    );
    expect(await refusalOf(typed(trial, { code: zoes, by: 'max@example.com' }))).toContain('somebody else');
    await typed(trial, { code: maxs });
    await trial.quiet();
    expect(trial.file().approval?.decision).toMatchObject({ approved: true, by: 'max@example.com' });
  });
});

describeInTime('an approved plan', (openers) => {
  it('P-8 is void when one of its resources is gone before it began: count and hash are bound', async () => {
    const trial = await waiting(openers);
    const first = trial.plan();
    trial.target.vanish('acme', 'cron');
    await trial.order(approveUpdate, { plan: first, reason });
    await trial.quiet();
    expect(trial.target.deleted('acme')).toEqual([]);
    expect(trial.billing.ended).toEqual([]);
    expect(trial.asked()).toEqual([90, 90]);
    expect(trial.plan()).not.toBe(first);
    expect(trial.file().approval).toMatchObject({ decision: null });
  });

  it('P-8 is void when a resource was exchanged for another: as many are not the same', async () => {
    const trial = await waiting(openers);
    const first = trial.plan();
    trial.target.vanish('acme', 'cron');
    trial.target.seed('acme', [{ id: 'cron2', size: 0 }]);
    await trial.order(approveUpdate, { plan: first, reason });
    await trial.quiet();
    expect(trial.plan()).not.toBe(first);
    expect(trial.target.deleted('acme')).toEqual([]);
  });
});
