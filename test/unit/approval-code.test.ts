import { describe, expect, it } from 'vitest';
import { asApprovalId } from '../../src/domain/ids.js';
import { approversOf, keptCode, makeCode, ownerOf, withCode } from '../../src/guard/approval-code.js';
import { decisionId, isProven, signDecision } from '../../src/guard/decision-proof.js';
import { signLink } from '../../src/guard/approval-link.js';

const approval = asApprovalId('0a0b0c0d-0000-4000-8000-000000000001');
const other = asApprovalId('0a0b0c0d-0000-4000-8000-000000000002');
const secret = 'a-secret-of-at-least-32-characters';
const zoe = 'zoe@example.com';

describe('the code of an approver', () => {
  it('has eight letters of which none could be taken for another', () => {
    const codes = Array.from({ length: 500 }, () => makeCode(null, approval, zoe));
    for (const code of codes) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
    expect(new Set(codes).size).toBe(500);
    expect(new Set(codes.join('')).size).toBe(33);
  });

  it('is the same each time with a secret, and another for each request, approver and secret', () => {
    const code = makeCode(secret, approval, zoe);
    expect(makeCode(secret, approval, zoe)).toBe(code);
    for (const one of [
      makeCode(secret, other, zoe),
      makeCode(secret, approval, 'max@example.com'),
      makeCode('another', approval, zoe),
    ])
      expect(one).not.toBe(code);
  });

  it('is recognised however it is typed, and tells whose it is; nothing else is', () => {
    const codes = [keptCode(approval, 'max@example.com', '0000-0000'), keptCode(approval, zoe, '10AB-CDEF')];
    for (const typed of ['10AB-CDEF', '10abcdef', ' ioab cdef ', 'LOAB-CDEF'])
      expect(ownerOf(codes, approval, typed)).toBe(zoe);
    for (const typed of ['', '10AB-CDE', '10AB-CDEFF', 'x'])
      expect(ownerOf(codes, approval, typed)).toBeNull();
    expect(ownerOf(codes, other, '10AB-CDEF')).toBeNull();
    expect(ownerOf([], approval, '10AB-CDEF')).toBeNull();
    expect(JSON.stringify(codes)).not.toMatch(/10AB|0000-0000/);
  });

  it('is kept beside those that were sent before, of each approver the newest eight', () => {
    const sent = Array.from({ length: 20 }, () => keptCode(approval, zoe, makeCode(null, approval, zoe)));
    const theirs = keptCode(approval, 'max@example.com', '0000-0000');
    const kept = sent.reduce<ReturnType<typeof withCode>>(withCode, [theirs]);
    expect(kept).toEqual([theirs, ...sent.slice(-8)]);
    expect(withCode(kept, theirs)).toEqual(kept);
    expect(approversOf(kept)).toEqual(['max@example.com', zoe]);
  });
});

describe('the proof of a decision', () => {
  const decision = { approval, approved: true, by: zoe, expiresAt: 1_000 };
  const proof = signDecision(secret, decision);

  it('holds for just this decision, until its end', () => {
    expect(isProven(secret, decision, proof, 999)).toBe(true);
    expect(isProven(secret, decision, proof, 1_000)).toBe(false);
  });

  it.each([
    ['the other way', { ...decision, approved: false }, proof, secret],
    ['on another request', { ...decision, approval: other }, proof, secret],
    ['of another person', { ...decision, by: 'max@example.com' }, proof, secret],
    ['with a later end', decision, proof.replace('1000.', '9999.'), secret],
    ['of another secret', decision, proof, 'another'],
    ['cut short', decision, proof.slice(0, -1), secret],
    ['with something behind it', decision, `${proof}.x`, secret],
    ['that is none', decision, '', secret],
    ['that is a link', decision, signLink(secret, { approval, approver: zoe, expiresAt: 1_000 }), secret],
  ])('P-8 does not hold for one %s', (_, claimed, given, key) => {
    expect(isProven(key, claimed, given, 0)).toBe(false);
  });

  it('P-8 comes in an order whose id nobody else can guess', () => {
    expect(decisionId(secret, approval)).toBe(decisionId(secret, approval));
    expect(decisionId('another', approval)).not.toBe(decisionId(secret, approval));
  });
});
