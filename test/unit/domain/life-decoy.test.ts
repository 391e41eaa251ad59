import { describe, expect, it } from 'vitest';
import { advance } from '../../../src/domain/advance.js';
import { judge } from '../../../src/domain/judge.js';
import type { Policy } from '../../../src/domain/policy.js';
import { record } from '../../../src/domain/record.js';
import { DAY_MS, HOUR_MS } from '../../../src/domain/time.js';
import { brokenBy } from './life-invariants.js';
import { seed, timelines } from './life-sample.js';
import { live, soundMind, type Mind } from './life-simulator.js';
import type { Timeline, Wish } from './life-world.js';

/** What nobody has to be told of beforehand. */
const hasty = (policy: Policy): Policy => ({
  ...policy,
  limit: policy.limit && { ...policy.limit, leadMs: 0 },
  pause: policy.pause && { ...policy.pause, leadMs: 0 },
});
const overlookingImmunity: Mind['advance'] = (file, facts, now) =>
  advance(
    { ...file, immunity: null },
    { ...facts, tracks: facts.tracks && { ...facts.tracks, immunity: null } },
    now,
  );
const approved = { approved: true, by: 'nobody', reason: '', at: 0 };

/** Each of them is wrong in one thing, and must be found out in every run; else the run proves nothing. */
const decoys: Readonly<Record<string, Mind>> = {
  'takes without having told': {
    ...soundMind,
    advance: (file, facts, now) => advance(file, { ...facts, policy: hasty(facts.policy) }, now),
    judge: (evidence) => judge({ ...evidence, policy: hasty(evidence.policy) }),
  },
  'lets no payment on its way stop it': {
    ...soundMind,
    advance: (file, facts, now) =>
      advance(file, { ...facts, policy: { ...facts.policy, longestProcessingMs: 0 } }, now),
    judge: (evidence) => judge({ ...evidence, policy: { ...evidence.policy, longestProcessingMs: 0 } }),
  },
  'knows no exemptions': {
    ...soundMind,
    advance: (file, facts, now) =>
      advance(
        { ...file, exemption: null },
        { ...facts, tracks: facts.tracks && { ...facts.tracks, exemption: null } },
        now,
      ),
    judge: (evidence) => judge({ ...evidence, exemption: null }),
  },
  'knows no immunity': {
    ...soundMind,
    advance: overlookingImmunity,
    judge: (evidence) => judge({ ...evidence, immunity: null }),
  },
  'tells dates on which the account is still immune': {
    ...soundMind,
    advance: overlookingImmunity,
  },
  'knows no agreements': {
    ...soundMind,
    advance: (file, facts, now) => advance({ ...file, agreement: null }, facts, now),
    judge: (evidence) => judge({ ...evidence, terms: { ...evidence.terms, agreement: null } }),
  },
  'knows no grants': {
    ...soundMind,
    advance: (file, facts, now) =>
      advance(
        { ...file, granted: false },
        { ...facts, tracks: facts.tracks && { ...facts.tracks, granted: false } },
        now,
      ),
  },
  'takes silence for approval': {
    ...soundMind,
    advance: (file, facts, now) =>
      advance({ ...file, approval: file.approval && { ...file.approval, decision: approved } }, facts, now),
    judge: (evidence) =>
      judge({ ...evidence, approval: evidence.approval && { ...evidence.approval, approved: true } }),
  },
  'leaps over a rung': {
    ...soundMind,
    record: (file, act, outcome, policy, now) => {
      const after = record(file, act, outcome, policy, now);
      return after.rung === 1 && file.rung === 0 ? { ...after, rung: 2 } : after;
    },
  },
  'never gives back': {
    ...soundMind,
    advance: (file, facts, now) => {
      const turn = advance(file, facts, now);
      return turn.act?.step === 'lift' ? { ...turn, act: null, wakeAt: now + 1e9 } : turn;
    },
  },
  'closes although a person has restricted': {
    ...soundMind,
    advance: (file, facts, now) => {
      const turn = advance(file, facts, now);
      const isOver = turn.act === null && turn.file.manual !== null && turn.file.anchorAt === null;
      return isOver ? { ...turn, file: { ...turn.file, closedAt: now, stage: 'closed' } } : turn;
    },
  },
  'never sleeps': {
    ...soundMind,
    advance: (file, facts, now) => ({ ...advance(file, facts, now), wakeAt: now }),
  },
};

/** Exempt, or paid in instalments, soon after the first debt: what some of them overlook happens often enough. */
function withGrace(timeline: Timeline, index: number): Timeline {
  const at = (timeline.debts[0]?.overdueAt ?? timeline.startAt) + 12 * HOUR_MS;
  const wish: Wish =
    index % 2 === 0 ? { kind: 'exempt', at, days: 30 } : { kind: 'promise', at, parts: 2, everyDays: 10 };
  return { ...timeline, wishes: [...timeline.wishes, wish] };
}

/** Served by a grant alone: the subscription is over from the start. */
function withGrant(timeline: Timeline): Timeline {
  const always = { from: timeline.startAt, to: Infinity };
  return { ...timeline, subscriptionEnded: always, granted: always };
}

/** A person gives back again and again what was taken: in some lives there is something each time. */
function withLifts(timeline: Timeline): Timeline {
  const overdueAt = timeline.debts[0]?.overdueAt ?? timeline.startAt;
  const lifts = [3, 8, 15, 25, 40, 60].map((days): Wish => {
    return { kind: 'lift', restriction: 'nonpayment', at: overdueAt + days * DAY_MS };
  });
  return { ...timeline, wishes: [...timeline.wishes, ...lifts] };
}

describe(`the decoys (LIFE_SEED=${seed})`, () => {
  const some = [
    ...timelines(300),
    ...timelines(600).map(withGrace),
    ...timelines(300).map(withGrant),
    ...timelines(300).map(withLifts),
  ];
  it.each(Object.keys(decoys))('is found out: one that %s', (name) => {
    const isFoundOut = some.some((timeline) => {
      try {
        return brokenBy(live(timeline, decoys[name]), timeline).size > 0;
      } catch (error) {
        return (error as Error).message.startsWith('livelock');
      }
    });
    expect(isFoundOut).toBe(true);
  });
});
