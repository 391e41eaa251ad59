import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance } from '../../../src/domain/advance.js';
import { takeOrder } from '../../../src/domain/orders.js';
import { DAY_MS } from '../../../src/domain/time.js';
import { ladderOf, nextStepOf, promisesToMake } from '../../../src/domain/timetable.js';
import { anyTimeline } from './life-arbitraries.js';
import { brokenBy, invariantNames, invariants } from './life-invariants.js';
import { diaryOf, lives, seed, timelines } from './life-sample.js';
import { heldFor, live, type Performed } from './life-simulator.js';

const all = lives(1000);
const acts = all.flatMap(({ life }) => life.performed);

/** Of each invariant, the first life that breaks it. */
const broken = new Map<string, string>();
all.forEach(({ life, timeline }, index) => {
  for (const [name, message] of brokenBy(life, timeline))
    if (!broken.has(name)) broken.set(name, `life ${index}: ${message}\n${diaryOf(life)}`);
});

describe(`${all.length} lives (LIFE_SEED=${seed} replays them)`, () => {
  it.each(invariantNames)('%s', (name) => {
    const found = broken.get(name);
    if (found === undefined) return;
    // The smallest life that breaks it says more than the first one.
    fc.assert(
      fc.property(anyTimeline, (timeline) => invariants[name]?.(live(timeline), timeline)),
      { seed, numRuns: all.length },
    );
    expect.fail(found);
  });

  it('are the same when they are lived again', () => {
    timelines(50).forEach((timeline, index) => {
      expect(JSON.stringify(live(timeline))).toBe(JSON.stringify(all[index]?.life));
    });
  });

  const isDone = ({ outcome }: Performed) => outcome.status === 'done';
  const counted: readonly [string, number, (p: Performed) => boolean][] = [
    ['limits', 50, (p) => p.act.step === 'limit' && isDone(p)],
    ['pauses', 100, (p) => p.act.step === 'pause' && isDone(p)],
    ['pauses that were cut short or failed', 20, (p) => p.act.step === 'pause' && p.granted && !isDone(p)],
    ['final notices', 30, (p) => p.act.step === 'remind' && p.act.topic === 'final' && isDone(p)],
    ['requests for approval', 30, (p) => p.act.step === 'ask' && isDone(p)],
    ['deletions', 1, (p) => p.act.step === 'decommission' && isDone(p)],
    ['lifts', 100, (p) => p.act.step === 'lift' && isDone(p)],
    ['lifts that failed or were cut short', 10, (p) => p.act.step === 'lift' && p.granted && !isDone(p)],
    [
      'lifts that leave the end of the subscription',
      1,
      (p) => p.act.step === 'lift' && p.act.leaves === 'ended',
    ],
    ['plans that fall', 1, (p) => p.fell],
    ['moved dates', 50, (p) => p.act.step === 'remind' && p.act.topic === 'moved' && isDone(p)],
    [
      'missed instalments',
      3,
      (p) => p.act.step === 'remind' && p.act.topic === 'instalment_missed' && isDone(p),
    ],
    ['requests to confirm', 1, (p) => p.act.step === 'remind' && p.act.topic === 'confirm' && isDone(p)],
    ['charges on new cards', 5, (p) => p.act.step === 'retry' && isDone(p)],
    ['restrictions by hand', 20, (p) => p.act.step === 'restrict' && isDone(p)],
    ['ends of restrictions by hand', 5, (p) => p.act.step === 'unrestrict' && isDone(p)],
    ['brakes', 50, (p) => heldFor(p) === 'frozen'],
    ['closings', 80, (p) => p.act.step === 'close' && isDone(p)],
  ];
  it.each(counted)('hold %s', (_, least, is) => {
    expect(acts.filter(is).length).toBeGreaterThan(least);
  });

  it.each(['extendGrace', 'exempt', 'approve', 'reject', 'restrict', 'lift', 'promise', 'recheck'])(
    'hold orders that are taken: %s',
    (kind) => {
      const orders = all.flatMap(({ life }) => life.ordered);
      expect(orders.filter((o) => o.request.kind === kind && o.refusal === null).length).toBeGreaterThan(0);
    },
  );
});

/** What is tried and found out at every look of some of the lives. */
const looks = all.slice(0, 400).flatMap(({ life }) => life.looks);

describe('at every look', () => {
  it('decides the same when asked again with its own result', () => {
    for (const { at, facts, turn } of looks) {
      if (turn.file.closedAt !== null) continue;
      const again = advance(turn.file, facts, at);
      const tries = again.file.hold?.tries ?? 0;
      const { hold } = turn.file;
      // A doubt that stands is asked once more in vain; nothing else may change.
      const same = hold?.of === null ? { ...turn.file, hold: { ...hold, tries } } : turn.file;
      expect(again).toEqual({ ...turn, file: same });
    }
  });

  it('TT-6 moves the next step by all that is granted, counted from where it stands, and every later one with it', () => {
    for (const { at, facts, turn } of looks) {
      const { policy } = facts;
      const before = nextStepOf(turn.file, policy, at);
      if (turn.act !== null || before === null || turn.file.closedAt !== null) continue;
      const order = { id: 'x', by: 'ada', reason: 'asked for', kind: 'extendGrace', days: 2 } as const;
      const longer = takeOrder(turn.file, order, { policy, standing: facts.standing, now: at }).file;
      const after = nextStepOf(longer, policy, at);
      expect(after?.step).toBe(before.step);
      expect(after?.at).toBeGreaterThanOrEqual(Math.max(before.at, at) + 2 * DAY_MS);
    }
  });

  it('TT-6 moves every date that was told by all that is granted', () => {
    for (const { at, facts, turn } of looks) {
      const { policy } = facts;
      if (turn.act !== null || nextStepOf(turn.file, policy, at) === null || turn.file.closedAt !== null)
        continue;
      // Less than a quarter of a lead needs no notice of its own.
      const days =
        2 + Math.max(...ladderOf(policy).map((rung) => ('leadMs' in rung ? rung.leadMs : 0))) / DAY_MS;
      const order = { id: 'x', by: 'ada', reason: 'asked for', kind: 'extendGrace', days } as const;
      const context = { policy, standing: facts.standing, now: at };
      const longer = takeOrder(turn.file, order, context).file;
      const promised = promisesToMake(longer, policy, at);
      for (const before of promisesToMake(turn.file, policy, at)) {
        const after = promised.find(({ step }) => step === before.step);
        expect(after?.at).toBeGreaterThanOrEqual(before.at + days * DAY_MS);
      }
    }
  });
});
