import { describe, expect, it } from 'vitest';
import { asSubscriptionId } from '../../../src/domain/ids.js';
import { summaryOf, unplanned, type DecommissionPlan } from '../../../src/domain/plan.js';

const resource = (id: string, kind = 'deployment', target = 'k8s') => ({ target, id, kind });
const plan = (changes: Partial<DecommissionPlan> = {}): DecommissionPlan => ({
  resources: [resource('web'), resource('db', 'database'), resource('jobs')],
  collection: 'cancel',
  subscriptions: [],
  ...changes,
});
const subscriptions = [asSubscriptionId('sub_1'), asSubscriptionId('sub_2')];

describe('TT-4 the plan of a deletion', () => {
  it.each([
    [plan(), '1 database, 2 deployments'],
    [plan({ subscriptions }), '1 database, 2 deployments; 2 subscriptions canceled first'],
    [plan({ subscriptions, collection: 'pause' }), '1 database, 2 deployments; 2 subscriptions paused first'],
    [plan({ resources: [] }), 'no resources'],
  ])('is summed up for whoever approves it: %#', (given, text) => {
    expect(summaryOf(given)).toBe(text);
  });

  it('allows nothing that is not named in it, of the same target', () => {
    const found = [resource('web'), resource('new'), resource('web', 'deployment', 'other')];
    expect(unplanned(plan(), found)).toEqual([found[1], found[2]]);
    expect(unplanned(plan(), [])).toEqual([]);
  });
});
