import { describe, expect, it, vi } from 'vitest';
import { allStages, type CaseFile } from '../../src/domain/case-file.js';
import { takingSteps } from '../../src/domain/effect.js';
import {
  announcedCase,
  approvalOf,
  day,
  limitedCase,
  membersOf,
  product,
  remindedCase,
} from '../support/facts.js';
import {
  messageNames,
  named,
  scenes,
  signals,
  verdicts,
  wakeIn,
  wakeOf,
  type MessageName,
  type Scene,
  type Wake,
} from './stage-messages.js';
import { table } from './stage-messages-table.js';

// Outside of a workflow there is no history that could be from before a change.
vi.mock('@temporalio/workflow', async (load) => ({ ...(await load<object>()), patched: () => true }));

const answerOf = ({ answer }: Wake) => (answer === undefined ? '-' : (answer ?? 'taken'));
const cells = product({ stage: allStages, name: messageNames });

describe('each stage and each message', () => {
  it.each(cells)('$stage, $name', ({ stage, name }) => {
    const [answer = '', whileOwed, oncePaid] = table[stage][name].split(' | ');
    const owed = wakeIn(stage, name, 'owing');
    expect(answerOf(owed).slice(0, answer.length)).toBe(answer);
    expect(named(owed.turn.act)).toBe(whileOwed);
    expect(named(wakeIn(stage, name, 'clear').turn.act)).toBe(oncePaid);
  });

  it.each(allStages)(
    'P-1 is the same look at Stripe with whatever signal, and takes nothing: %s',
    (stage) => {
      for (const { name, verdict } of product({ name: signals, verdict: verdicts })) {
        const { turn } = wakeIn(stage, name, verdict);
        const unasked = wakeIn(stage, null, verdict).turn;
        // A payment is a reason to look once more, and what could not be read is said in the case.
        const { recheckAt, remarks } = turn.file;
        expect(turn.file).toEqual({ ...unasked.file, recheckAt, remarks });
        expect(turn.act).toEqual(unasked.act);
        expect([...takingSteps, 'restrict']).not.toContain(turn.act?.step);
      }
    },
  );

  it('P-1 is decided on after a look at Stripe, but for a decision whose act looks for itself', () => {
    const unlooked = cells.filter(({ stage, name }) => !wakeIn(stage, name, 'owing').looks);
    expect(unlooked).toEqual([
      { stage: 'decommissioning', name: 'approve' },
      { stage: 'decommissioned', name: 'approve' },
      { stage: 'decommissioned', name: 'reject' },
    ]);
  });

  it('TT-5 looks a second time half a minute after the word of a payment', () => {
    for (const stage of allStages) {
      const { taken } = wakeIn(stage, 'payment', 'owing');
      expect(taken.file.recheckAt).toBe(scenes[stage].now + taken.policy.recheckMs);
    }
  });
});

/** What a message may change in a case; one that is taken as an order is noted beside it. */
const about: Readonly<Record<MessageName, readonly (keyof CaseFile)[]>> = {
  event: [],
  payment: ['recheckAt'],
  release: [],
  unreadable: ['remarks'],
  extendGrace: ['shiftMs'],
  exempt: ['exemption'],
  approve: ['approval'],
  reject: ['approval'],
  restrict: ['manual'],
  lift: ['liftWanted', 'immunity'],
  promise: ['agreement'],
  recheck: [],
  reissuePolicy: ['rulesWanted', 'recheckAt'],
};

const changedBy = ({ before, taken }: Wake) =>
  membersOf<keyof CaseFile>(keysOf(taken.file)).filter((key) => taken.file[key] !== before.file[key]);
const keysOf = (file: CaseFile) =>
  Object.fromEntries(Object.keys(file).map((key) => [key, true])) as Record<keyof CaseFile, true>;
const isRefused = (wake: Wake) => typeof wake.answer === 'string';

describe('taking a message in', () => {
  it.each(cells)('changes only what it is about: $stage, $name', ({ stage, name }) => {
    const wake = wakeIn(stage, name, 'owing');
    const noted = wake.answer === null ? (['orders', 'remarks'] as const) : [];
    const expected = isRefused(wake) ? ['remarks'] : [...about[name], ...noted];
    expect(changedBy(wake).sort()).toEqual([...expected].sort());
    expect(wake.taken.orders).toHaveLength(wake.answer === null ? 1 : 0);
  });

  it('leaves what is done, and when, as it was when the order is refused', () => {
    const refused = cells.filter(({ stage, name }) => isRefused(wakeIn(stage, name, 'owing')));
    expect(refused.length).toBeGreaterThan(20);
    for (const { stage, name } of refused) {
      const { act, wakeAt, next } = wakeIn(stage, null, 'owing').turn;
      expect(wakeIn(stage, name, 'owing').turn).toMatchObject({ act, wakeAt, next });
    }
  });
});

const braked = { reason: 'frozen', since: day(8), until: day(500), tries: 1 } as const;
const approved = approvalOf({ decision: { approved: true, by: 'bob', reason: 'seen', at: day(91) } });
/** Cases whose step is due and was held by the freeze. */
const held: Readonly<Record<(typeof takingSteps)[number], Scene>> = {
  limit: { file: heldAt('limit', remindedCase(3, { told: scenes.reminded.file.told })), now: day(9) },
  pause: { file: heldAt('pause', limitedCase()), now: day(12) },
  decommission: { file: heldAt('decommission', announcedCase({ approval: approved })), now: day(92) },
};

function heldAt(of: (typeof takingSteps)[number], file: CaseFile): CaseFile {
  return { ...file, hold: { ...braked, of } };
}

describe('what a brake holds', () => {
  it.each(takingSteps)('P-7 goes on when the brake is released, and for no event before that: %s', (step) => {
    expect(named(wakeOf(held[step], 'release', 'owing').turn.act)).toBe(step);
    for (const name of ['event', 'payment', 'unreadable'] as const)
      expect(named(wakeOf(held[step], name, 'owing').turn.act)).toBe('wait');
  });

  it.each(takingSteps)('P-8 gives back as soon as it is paid, released or not: %s', (step) => {
    const oncePaid = step === 'limit' ? 'close recovered' : 'lift';
    for (const name of signals) expect(named(wakeOf(held[step], name, 'clear').turn.act)).toBe(oncePaid);
  });
});
