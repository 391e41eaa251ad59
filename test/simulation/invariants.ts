import type { BreakerKind, Bound } from '../../src/domain/breaker.js';
import { DAY_MS, HOUR_MS } from '../../src/domain/time.js';
import { livedBy, type Violation } from './findings.js';
import {
  checkIntake,
  comesToAnEnd,
  decidesByTheTruth,
  forgetsNobody,
  givesBackSoon,
  isNeverHeldUp,
} from './invariants-ending.js';
import {
  deletesOnlyApproved,
  doesNothingTwice,
  endsWhatItGivesBack,
  leavesOtherReasons,
  skipsNothing,
  touchesOnlyItsOwn,
} from './invariants-order.js';
import {
  believesItsThanks,
  comesOnItsDay,
  keepsWhatItTold,
  takesOnlyWhatIsOwed,
} from './invariants-taking.js';
import type { World } from './world.js';

const ofAnAccount = [
  takesOnlyWhatIsOwed,
  believesItsThanks,
  keepsWhatItTold,
  comesOnItsDay,
  skipsNothing,
  doesNothingTwice,
  endsWhatItGivesBack,
  deletesOnlyApproved,
  leavesOtherReasons,
  touchesOnlyItsOwn,
  decidesByTheTruth,
  isNeverHeldUp,
  givesBackSoon,
  comesToAnEnd,
  forgetsNobody,
] as const;

/** Everything that must not be and was, in a world that has come to its end. */
export function violationsIn(world: World): Violation[] {
  const violations: Violation[] = [];
  for (const subject of world.subjects) {
    const lived = livedBy(world, subject, violations);
    for (const check of ofAnAccount) check(lived);
  }
  checkBreakers(world, violations);
  checkIntake(world, violations);
  return violations;
}

/**
 * Counted anew from what was claimed: no hour and no day has more acts of a kind than its bound allows, but for as many as
 * people have let through on top by then.
 */
function checkBreakers({ breakers, subjects }: World, violations: Violation[]): void {
  const { rules, pages, paying } = breakers;
  const times = new Map<string, number[]>();
  for (const { marks } of subjects) {
    for (const mark of marks) {
      if (mark.kind !== 'claim' || !mark.isFirst) continue;
      const ofStep = times.get(mark.act.step) ?? [];
      ofStep.push(mark.at);
      times.set(mark.act.step, ofStep);
    }
  }
  for (const kind of Object.keys(pages) as BreakerKind[]) {
    const claimed = (times.get(steps[kind]) ?? []).sort((a, b) => a - b);
    const { hour, day } = rules.bounds[kind];
    let [hourFrom, dayFrom, beyond] = [0, 0, 0];
    claimed.forEach((at, n) => {
      while ((claimed[hourFrom] ?? at) <= at - HOUR_MS) hourFrom += 1;
      while ((claimed[dayFrom] ?? at) <= at - DAY_MS) dayFrom += 1;
      if (n - hourFrom >= allowed(hour, paying) || n - dayFrom >= allowed(day, paying)) beyond += 1;
      const released = pages[kind].released
        .filter((r) => r.at <= at)
        .reduce((sum, r) => sum + r.allowance, 0);
      if (beyond > released)
        violations.push({
          invariant: 'I8',
          account: null,
          at,
          text: `${n - hourFrom + 1} acts of ${kind} in an hour`,
        });
    });
  }
}

const steps: Readonly<Record<BreakerKind, string>> = {
  notice: 'remind',
  limit: 'limit',
  pause: 'pause',
  revoke: 'restrict',
  dispute_suspend: '',
  decommission: 'decommission',
};

function allowed({ most, share, floor }: Bound, paying: number): number {
  if (most === 0 || share === 0 || paying === 0) return 0;
  return Math.min(most, Math.max(floor, Math.floor(share * paying)));
}
