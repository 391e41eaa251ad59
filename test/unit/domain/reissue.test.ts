import { describe, expect, it } from 'vitest';
import { asPolicyVersion } from '../../../src/domain/ids.js';
import type { Policy } from '../../../src/domain/policy.js';
import { reissue } from '../../../src/domain/reissue.js';
import { DAY_MS } from '../../../src/domain/time.js';
import { ladderOf, nextStepOf } from '../../../src/domain/timetable.js';
import { day, remindedCase, samplePolicy, wholePolicy } from '../../support/facts.js';

const version = asPolicyVersion('v-new');
const under = (to: Policy, rung: number, from: Policy = wholePolicy) => {
  const file = { ...remindedCase(1), rung, policyVersion: asPolicyVersion('v-old') };
  return reissue(file, { from, to, version }, day(20));
};
/** What comes next on a ladder after so many rungs. */
const comes = (policy: Policy, rung: number) => ladderOf(policy)[rung]?.step ?? 'nothing';
const stepsOf = (policy: Policy) => ladderOf(policy).map(({ step }) => step);
const days = (...list: number[]) => list.map((n) => ({ afterMs: n * DAY_MS }));

describe('a case under other rules', () => {
  it('goes on where it stood, under rules with the same steps', () => {
    const later: Policy = {
      ...wholePolicy,
      pause: { afterMs: 20 * DAY_MS, leadMs: 3 * DAY_MS, immediate: false, drain: true },
    };
    stepsOf(wholePolicy).forEach((_, rung) => expect(under(later, rung).rung).toBe(rung));
  });

  it('counts the reminders that were sent, wherever they stand', () => {
    const more = { ...wholePolicy, reminders: days(1, 2, 3, 4, 8) };
    expect(comes(more, under(more, 2).rung)).toBe('remind');
    expect(under(more, 2).rung).toBe(2);
    const fewer = { ...wholePolicy, reminders: days(2) };
    expect(comes(fewer, under(fewer, 3).rung)).toBe('limit');
  });

  it('takes nothing milder after something harder', () => {
    const from = { ...wholePolicy, limit: null };
    const pausedRung = stepsOf(from).indexOf('pause') + 1;
    const moved = under({ ...wholePolicy, reminders: days(1, 4, 8, 11) }, pausedRung, from);
    expect(comes({ ...wholePolicy, reminders: days(1, 4, 8, 11) }, moved.rung)).toBe('final');
  });

  it('has nothing left to do under rules that end before it', () => {
    const ended = { ...samplePolicy, pause: null };
    expect(comes(ended, under(ended, stepsOf(wholePolicy).length).rung)).toBe('nothing');
  });

  it('keeps the date that the customer was told, when the new rules would be sooner', () => {
    const told = [{ step: 'pause' as const, at: day(12), acceptedAt: day(4) }];
    const file = { ...remindedCase(4), rung: 3, told, policyVersion: asPolicyVersion('v-old') };
    const sooner: Policy = {
      ...samplePolicy,
      pause: { afterMs: 9 * DAY_MS, leadMs: DAY_MS, immediate: false, drain: true },
    };
    const moved = reissue(file, { from: samplePolicy, to: sooner, version }, day(5));
    expect(nextStepOf(moved, sooner, day(5))).toEqual({ step: 'pause', at: day(12) });
  });

  it('says so in the case, keeps everything else, and does it once', () => {
    const file = { ...remindedCase(3), rulesWanted: true as const };
    const named = { ...wholePolicy, name: 'other', segment: 'vip' };
    const once = reissue(file, { from: samplePolicy, to: named, version }, day(4));
    const before = remindedCase(3);
    expect(once).toEqual({ ...before, policyVersion: version, rung: once.rung, remarks: once.remarks });
    expect(once.remarks.at(-1)?.text).toBe('goes by the policy other, segment vip (v-new) from now on');
    expect(reissue({ ...once, rulesWanted: true }, { from: named, to: named, version }, day(5))).toEqual(
      once,
    );
  });
});
