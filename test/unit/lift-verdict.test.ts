import { describe, expect, it } from 'vitest';
import type { BackState } from '../../src/db/queries/takings.js';
import type { Restriction } from '../../src/domain/restrictions.js';
import {
  afterOrder,
  countsOf,
  isUndone,
  outOfTime,
  refused,
  resourcesIn,
  withoutOrder,
  type Result,
} from '../../src/cli/lift/verdict.js';
import { day } from '../support/facts.js';

const restriction = (reason: Restriction['reason'], access: Restriction['access']): Restriction => ({
  reason,
  access,
  owner: reason === 'manual' ? 'kim' : 'forbear',
  since: day(1),
  evidence: 'unpaid',
});
const off = [{ kind: 'service', resource: 'web' }];
const owing = {
  closedAt: null,
  owed: [{ currency: 'usd', amountMinor: 4_900 }],
  hold: null,
  remarks: [],
  ended: false,
};

/** Paused, as it was taken. */
const paused: BackState = {
  restrictions: [restriction('nonpayment', 'suspended')],
  off,
  lift: null,
  newest: owing,
};
const done = { status: 'done', at: day(2) } as const;
/** Given back, and still owing. */
const back: BackState = { ...paused, restrictions: [], off: [], lift: { outcome: done } };
const withRestriction = (...restrictions: Restriction[]): BackState => ({ ...back, restrictions });

describe('P-6 an account counts as back', () => {
  it.each<[string, BackState]>([
    ['it is paused', paused],
    ['its restriction is gone, and its resources are being put back', { ...paused, restrictions: [] }],
    ['its lift is under way', { ...back, lift: { outcome: null } }],
    ['a lift is done, and it was restricted anew', { ...back, restrictions: paused.restrictions }],
  ])('not while %s', (_, state) => {
    expect(withoutOrder(state)).toBeNull();
    expect(afterOrder(state)).toBeNull();
  });

  it.each<[string, BackState, Result]>([
    ['all is as it was', back, { status: 'lifted', detail: '' }],
    [
      'a reminder has left its mark',
      withRestriction(restriction('nonpayment', 'grace_period')),
      { status: 'lifted', detail: '' },
    ],
    [
      'something has vanished',
      { ...back, lift: { outcome: { ...done, caveat: 'service web has vanished meanwhile' } } },
      { status: 'caveat', detail: 'service web has vanished meanwhile' },
    ],
    [
      'a person keeps it off',
      { ...withRestriction(restriction('manual', 'suspended')), off },
      { status: 'caveat', detail: 'stays suspended by hand, by kim' },
    ],
    [
      'something was not put back',
      { ...back, off },
      { status: 'caveat', detail: 'not back: 1 resource: service web' },
    ],
    [
      'it was paid, and its subscription has ended',
      { ...withRestriction(restriction('ended', 'suspended')), off },
      {
        status: 'paid',
        detail: 'its subscription has ended: it stays off until it has one again, or a grant',
      },
    ],
  ])('after an order, with a word on what is not as it was: %s', (_, state, result) => {
    expect(afterOrder(state)).toEqual(result);
  });

  it('before any order was sent: as paid where nothing is owed, else as back already', () => {
    expect(withoutOrder(back)).toEqual({ status: 'already', detail: '' });
    expect(withoutOrder({ ...back, newest: { ...owing, owed: [] } })).toEqual({ status: 'paid', detail: '' });
    expect(withoutOrder({ ...back, newest: { ...owing, closedAt: day(3) } })).toEqual({
      status: 'paid',
      detail: '',
    });
  });
});

describe('an account that is not back in time', () => {
  const failing = {
    ...owing,
    hold: { of: 'lift', reason: 'failed', since: day(2), until: day(3), tries: 2 },
    remarks: [
      { at: day(2), text: 'lift 1 failed: TARGET_REFUSED' },
      { at: day(2), text: 'a look at Stripe was asked for' },
    ],
  } as const;

  it('is told as failed, with why and when it is tried again', () => {
    const { status, detail } = outOfTime({ ...paused, newest: failing });
    expect(status).toBe('failed');
    expect(detail).toMatch(/^lift 1 failed: TARGET_REFUSED; tried again by itself, next \d{4}-/);
  });

  it('is told as still running where nothing has failed', () => {
    expect(outOfTime(paused).status).toBe('running');
  });
});

describe('what is said in the end', () => {
  it('counts the results in one order, whatever came first', () => {
    const results = [refused('it pauses at once'), afterOrder(back), afterOrder(back)] as Result[];
    expect(countsOf(results)).toBe('2 lifted, 1 refused');
    expect(countsOf([])).toBe('nothing');
  });

  it('takes for undone what is not back', () => {
    const undone = (['lifted', 'caveat', 'already', 'paid', 'refused', 'failed', 'running'] as const).filter(
      (status) => isUndone({ status, detail: '' }),
    );
    expect(undone).toEqual(['refused', 'failed', 'running']);
  });

  it('names the first resources, and how many more there are', () => {
    const named = ['a', 'b', 'c', 'd', 'e'].map((resource) => ({ kind: 'service', resource }));
    expect(resourcesIn(named)).toBe('5 resources: service a, service b, service c, 2 more');
    expect(resourcesIn([])).toBe('access alone');
  });
});
