import { describe, expect, it } from 'vitest';
import { heedVerdicts, refusalIn } from '../../../src/domain/decisions.js';
import { ruleOn } from '../../../src/domain/orders.js';
import { frozen, wholePolicy } from '../../support/facts.js';
import { readOrder } from '../../../workflows/orders.js';
import { asking, contextOf, order, request } from './orders-asked.js';

const approve = { kind: 'approve', plan: '01234567' } as const;
const decided = order(asking, { ...approve, code: '0000-0000' }, contextOf(), 'x-1').file;
const heed = (verdict: Parameters<typeof heedVerdicts>[1][number]) =>
  heedVerdicts(frozen(decided), [verdict], wholePolicy, 7);

describe('a decision that the guard has examined', () => {
  it('P-8 is taken back when it did not count, as if it had never been taken', () => {
    const file = heed({ id: 'x-1', refusal: 'the code is wrong', isVoid: false });
    expect(file.approval).toEqual(asking.approval);
    expect(file.orders).toEqual([]);
    expect(file.remarks).toEqual([{ at: 7, text: 'approve by ada refused: the code is wrong' }]);
  });

  it('P-8 ends its request when that is void; it is asked anew only after a while', () => {
    const file = heed({ id: 'x-1', refusal: 'void', isVoid: true });
    expect(file.approval).toBeNull();
    expect(file.hold).toMatchObject({ of: 'ask', until: 7 + wholePolicy.holdRetryMs });
  });

  it('is named for him whose code it was', () => {
    const file = heed({ id: 'x-1', by: 'zoe@example.com' });
    expect(file.approval?.decision).toMatchObject({ approved: true, by: 'zoe@example.com' });
  });

  it('changes nothing where nothing was decided', () => {
    const verdicts = [{ id: 'x-1', refusal: 'no', isVoid: true }] as const;
    expect(heedVerdicts(asking, verdicts, wholePolicy, 7)).toBe(asking);
    expect(refusalIn(verdicts, 'x-1')).toBe('no');
    expect(refusalIn(verdicts, 'x-2')).toBeNull();
    expect(refusalIn([{ id: 'x-1', by: 'zoe' }], 'x-1')).toBeNull();
  });
});

describe('where two approvers are named', () => {
  const decommission = wholePolicy.decommission && {
    ...wholePolicy.decommission,
    approvers: ['zoe@example.com', 'max@example.com'],
  };
  const context = { ...contextOf(), policy: { ...wholePolicy, decommission } };

  it.each([
    ['nobody else', { by: 'ada' }, false],
    ['not one of them by half his name', { by: 'zoe' }, false],
    ['one of them', { by: 'zoe@example.com' }, true],
    ['one of them, however he writes it', { by: ' Max@Example.com' }, true],
    ['whoever has a code, for the guard knows whose it is', { by: 'unnamed sender', code: 'x' }, true],
  ])('P-8 takes decisions of %s', (_, evidence, isTaken) => {
    const ruling = ruleOn(asking, { ...request(approve), ...evidence }, context);
    expect('file' in ruling).toBe(isTaken);
  });
});

describe('a decision as it is typed', () => {
  const typed = { plan: '01234567', reason: 'gone' };

  it('takes a code and a proof, or neither', () => {
    const plain = { id: 'x', kind: 'approve', by: 'unnamed sender', ...typed };
    expect(readOrder('approve', typed, 'x')).toEqual(plain);
    expect(readOrder('approve', { ...typed, code: 'c', proof: 'p' }, 'x')).toEqual({
      ...plain,
      code: 'c',
      proof: 'p',
    });
  });

  it.each([{ code: 7 }, { code: 'x'.repeat(41) }, { proof: {} }, { proof: 'x'.repeat(201) }])(
    'is refused with a sentence for %j',
    (wrong) => {
      expect(readOrder('reject', { ...typed, ...wrong }, 'x')).toEqual(expect.any(String));
    },
  );
});
