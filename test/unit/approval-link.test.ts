import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asApprovalId } from '../../src/domain/ids.js';
import { readLink, signLink } from '../../src/guard/approval-link.js';

const secret = 'a-secret-of-at-least-32-characters';
const expiresAt = Date.parse('2026-12-01T09:00:00Z');
const link = {
  approval: asApprovalId('0a0b0c0d-0000-4000-8000-000000000001'),
  approver: 'Zoë <zoe@example.com>',
  expiresAt,
};
const token = signLink(secret, link);
const [body = '', signature = ''] = token.split('.');

describe('a link on which an approver decides', () => {
  it('says what was signed, until the moment it expires', () => {
    expect(readLink(secret, token, expiresAt - 1)).toEqual(link);
    expect(readLink(secret, token, expiresAt)).toBeNull();
  });

  it('fits into a URL as it is', () => {
    expect(encodeURIComponent(token)).toBe(token);
  });

  it('is nobody’s under another secret', () => {
    expect(readLink(`${secret}.`, token, 0)).toBeNull();
  });

  it.each([
    ['another approver under the same signature', `${bodyOf({ ...link, approver: 'mallory' })}.${signature}`],
    ['a longer life under the same signature', `${bodyOf({ ...link, expiresAt: Infinity })}.${signature}`],
    ['no signature', body],
    ['an empty signature', `${body}.`],
    ['something behind it', `${token}.x`],
    ['nothing at all', ''],
    ['two dots', '..'],
  ])('is refused with %s', (_, forged) => {
    expect(readLink(secret, forged, 0)).toBeNull();
  });

  it('is refused when any part of it was lost on the way', () => {
    for (let length = 0; length < token.length; length += 1)
      expect(readLink(secret, token.slice(0, length), 0), `the first ${length} characters`).toBeNull();
  });

  it('never throws, whatever is asked for', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
        expect(readLink(secret, text, 0)).toBeNull();
        expect(readLink(secret, `${text}.${signature}`, 0)).toBeNull();
      }),
    );
  });
});

function bodyOf({ approval, approver, expiresAt: until }: typeof link): string {
  return Buffer.from(JSON.stringify([approval, approver, until])).toString('base64url');
}
