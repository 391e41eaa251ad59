import { describe, expect, it } from 'vitest';
import { breakerEntry, breakersOf } from '../../src/breaker-settings.js';
import { rehearsalBreakers, usualBreakers } from '../../src/domain/breaker.js';

const read = (entry: unknown, livemode = true) => breakersOf(breakerEntry.parse(entry), livemode);

describe('the breakers of forbear.yaml', () => {
  it('P-7 are the usual ones where nothing is said', () => {
    expect(read(undefined)).toEqual(usualBreakers);
    expect(read({})).toEqual(usualBreakers);
  });

  it('P-7 change by each number that is said, and by nothing else', () => {
    const rules = read({
      pause: { hour: { most: 40, floor: 3 } },
      decommission: { day: { most: 0 } },
      canary: { lookSeconds: 120 },
      selected: { share: 0.01 },
    });
    const { bounds, canary, selected, ...others } = rules;
    const usual = usualBreakers;
    expect(bounds.pause.hour).toEqual({ ...usual.bounds.pause.hour, most: 40, floor: 3 });
    expect(bounds.decommission.day).toEqual({ ...usual.bounds.decommission.day, most: 0 });
    expect({ ...bounds, pause: null, decommission: null }).toEqual({
      ...usual.bounds,
      pause: null,
      decommission: null,
    });
    expect([bounds.pause.day, bounds.decommission.hour]).toEqual([
      usual.bounds.pause.day,
      usual.bounds.decommission.hour,
    ]);
    expect(canary).toEqual({ ...usual.canary, lookMs: 120_000 });
    expect(selected).toEqual({ ...usual.selected, share: 0.01 });
    expect(others).toEqual({ vetoed: usual.vetoed, alike: usual.alike, tolerance: usual.tolerance });
  });

  it('P-7 hold nobody back in a rehearsal, which no live key can have', () => {
    expect(read('rehearsal', false)).toEqual(rehearsalBreakers);
    expect(() => read('rehearsal', true)).toThrow('for a test key only');
  });

  it.each([
    ['a kind that there is not', { paus: {} }],
    ['a share above one', { pause: { hour: { share: 1.5 } } }],
    ['a negative number', { pause: { hour: { most: -1 } } }],
    ['a word that is no rehearsal', 'off'],
    ['a canary of nobody', { canary: { sizes: [0] } }],
  ])('refuse %s', (_, entry) => {
    expect(breakerEntry.safeParse(entry).success).toBe(false);
  });
});
