import { describe, expect, it } from 'vitest';
import type { Access } from '../../../src/domain/restrictions.js';
import { witness, type Tracks } from '../../../src/domain/witness.js';
import {
  announcedCase,
  caseFileOf,
  day,
  frozen,
  limitedCase,
  openCase,
  pausedCase,
  remindedCase,
  rounds,
  tracksOf,
  wholePolicy,
} from '../../support/facts.js';

const now = day(20);
const seen = (file = caseFileOf(), tracks: Partial<Tracks> | null = {}) =>
  witness(frozen(file), frozen(tracks === null ? null : tracksOf(tracks)), wholePolicy, now);
const nonpayment = (access: Access) => ({ reason: 'nonpayment' as const, access });

describe('an earlier run that was ended by force', () => {
  it('before it did anything: nothing is different', () => {
    expect(seen()).toEqual(caseFileOf());
    expect(seen(remindedCase(2), null)).toEqual(remindedCase(2));
  });

  it('P-6 after a lift that a person had ordered, before it was saved: it is not done a second time, and is told', () => {
    const file = { ...pausedCase(), liftWanted: true };
    const back = seen(file, { rounds: rounds({ remind: 2, pause: 1, lift: 1 }) });
    expect(back).toMatchObject({ taken: null, liftWanted: false, owesNotice: 'restored', told: [] });
    const paid = seen(pausedCase(), { rounds: rounds({ remind: 2, pause: 1, lift: 1 }) });
    expect(paid).toMatchObject({ taken: null, liftWanted: false, owesNotice: null });
  });

  it('IN-5 after an order to lift, before it was saved: the account is immune all the same', () => {
    const immunity = { until: day(23), by: 'ada' };
    expect(seen(remindedCase(1), { immunity }).immunity).toEqual(immunity);
  });

  it('after an effect, before it was saved: its round is used up', () => {
    const file = seen(remindedCase(1), { rounds: rounds({ remind: 2, ask: 1 }) });
    expect(file.rounds).toEqual(rounds({ remind: 2, ask: 1 }));
    expect(
      seen(remindedCase(3), { rounds: rounds({ remind: 1 }) }).rounds.remind,
      'and none is used twice',
    ).toBe(3);
  });

  it.each([
    ['limit', 3],
    ['pause', 4],
    ['decommission', 6],
  ] as const)(
    'between the claim of a %s and its end: that stands half-way, and is gone on with from its own rung',
    (step, rung) => {
      const file = seen(openCase(), { unsettled: { step, round: 2 } });
      expect(file).toMatchObject({ rung, taken: { step, round: 2, at: now, settled: false } });
    },
  );

  it('between the claim of a pause and its end, with the limit done before: the pause counts', () => {
    expect(seen(limitedCase(), { unsettled: { step: 'pause', round: 1 } }).taken).toMatchObject({
      step: 'pause',
      settled: false,
    });
  });

  it('while something stood half-way that the file knows of: the file’s word stands', () => {
    const taken = { step: 'pause', round: 1, at: day(19), settled: false } as const;
    expect(seen(limitedCase({ taken }), { unsettled: { step: 'pause', round: 1 } }).taken).toEqual(taken);
  });

  const found = [
    ['read_only', 'limit', 'limited', 4],
    ['suspended', 'pause', 'paused', 5],
    ['decommissioned', 'decommission', 'decommissioned', 7],
  ] as const;
  it.each(found)(
    'after it was done, with its file lost: %s counts as a %s that was done',
    (access, step, stage, rung) => {
      const file = seen(caseFileOf(), { restrictions: [nonpayment(access)], rounds: rounds({ [step]: 2 }) });
      expect(file).toMatchObject({ stage, rung, taken: { step, round: 2, settled: true }, ended: false });
      expect(file.remarks.at(-1)?.text).toContain('by an earlier run');
    },
  );

  it('after a reminder, with its file lost: nothing was taken', () => {
    expect(seen(caseFileOf(), { restrictions: [nonpayment('grace_period')] })).toEqual(caseFileOf());
  });

  it('after a payment for an ended subscription, with its file lost: it is off for `ended`', () => {
    const file = seen(caseFileOf(), {
      restrictions: [{ reason: 'ended', access: 'suspended' }],
      resourcesOff: true,
    });
    expect(file).toMatchObject({ ended: true, taken: { step: 'pause' } });
  });

  it('keeps what was promised of harder steps than the one that was found', () => {
    const file = remindedCase(3, {
      told: [
        { step: 'limit', at: day(9), acceptedAt: day(1) },
        { step: 'pause', at: day(12), acceptedAt: day(1) },
      ],
    });
    expect(seen(file, { restrictions: [nonpayment('read_only')] }).told.map(({ step }) => step)).toEqual([
      'pause',
    ]);
  });

  it('TT-5 half-way of giving back: its restriction went first, so the rest is given back, whatever is owed', () => {
    const file = seen(remindedCase(3), { resourcesOff: true });
    expect(file).toMatchObject({ taken: { step: 'pause' }, hold: { of: 'lift', until: now } });
  });

  it('TT-5 after a lift, before it was saved: all is back, and what is taken again is told again', () => {
    const file = seen(limitedCase({ owesNotice: 'limited' }), { rounds: rounds({ lift: 1 }) });
    expect(file).toMatchObject({
      taken: null,
      stage: 'reminded',
      rung: 3,
      told: [],
      lastStepAt: now,
      owesNotice: null,
    });
    const stands = { rounds: rounds({ lift: 1 }), restrictions: [nonpayment('read_only')] };
    expect(seen(limitedCase(), stands).taken, 'but not while something stands').toMatchObject({
      step: 'limit',
    });
  });

  it('believes the file where both know the same', () => {
    for (const file of [pausedCase(), announcedCase()]) {
      const tracks = { restrictions: [nonpayment('suspended')], resourcesOff: true };
      expect(seen(file, tracks)).toEqual(file);
    }
    expect(seen(limitedCase(), { restrictions: [nonpayment('read_only')] })).toEqual(limitedCase());
  });

  it('believes the restriction where something harder was done than the file knows, and does it no second time', () => {
    const tracks = { rounds: rounds({ pause: 1 }), restrictions: [nonpayment('suspended')] };
    expect(seen(limitedCase(), tracks)).toMatchObject({
      stage: 'paused',
      taken: { step: 'pause', round: 1, settled: true },
    });
  });
});

describe('what people have ordered', () => {
  const byHand = { reason: 'manual', owner: 'ada', evidence: 'abuse' } as const;
  it('LG-3 stands as it was written down, whatever the file remembers', () => {
    const exemption = { until: day(30), by: 'ada', reason: 'in appeal' };
    expect(seen(openCase(), { exemption }).exemption).toEqual(exemption);
    expect(seen(openCase({ exemption }), {}).exemption).toBeNull();
    expect(seen(openCase({ exemption }), null).exemption, 'and is kept while nothing was read').toEqual(
      exemption,
    );
  });

  it('is carried out once more when only its restriction tells of it, and can be ended by hand', () => {
    const file = seen(caseFileOf(), {
      restrictions: [{ ...byHand, access: 'suspended' }],
      resourcesOff: true,
    });
    const order = { by: 'ada', reason: 'abuse', state: 'wanted' };
    expect(file.manual).toMatchObject({ ...order, access: 'suspended', until: null });
    const ending = seen(caseFileOf(), { restrictions: [{ ...byHand, access: 'suspended', until: day(3) }] });
    expect(ending.manual).toMatchObject({ ...order, until: day(3) });
    expect(file.taken, 'and is nothing that a payment gives back').toBeNull();
  });

  it('that is known is left as it is', () => {
    const manual = {
      access: 'read_only',
      by: 'ada',
      reason: 'abuse',
      until: day(30),
      state: 'imposed',
      retryAt: null,
    } as const;
    const file = seen(openCase({ manual }), { restrictions: [{ ...byHand, access: 'read_only' }] });
    expect(file.manual).toEqual(manual);
    const ending = openCase({ manual: { ...manual, state: 'ending' } });
    expect(
      seen(ending, { resourcesOff: true }).taken,
      'off for a person’s order that is being ended',
    ).toBeNull();
  });
});

describe('the second look', () => {
  it('is over when its time has come', () => {
    expect(seen(openCase({ recheckAt: now })).recheckAt).toBeNull();
    expect(seen(openCase({ recheckAt: now + 1 })).recheckAt).toBe(now + 1);
    expect(seen(openCase({ recheckAt: now }), null).recheckAt).toBeNull();
  });
});
