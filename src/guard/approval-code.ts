import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ApprovalId } from '../domain/ids.js';

/** Of a code that was sent to an approver: whose it is, and by what it is recognised. */
export type KeptCode = { readonly approver: string; readonly hash: string };

// Crockford's: no letter that could be taken for a digit, or for another letter.
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const letters = 8;

/**
 * The code by which an approver decides where nobody knows who he is: eight letters, 40 bits. With a secret it is the same
 * each time it is asked for, so that a mail that is sent twice says one code; without one it is another each time.
 */
export function makeCode(secret: string | null, approval: ApprovalId, approver: string): string {
  const bytes =
    secret === null
      ? randomBytes(letters)
      : createHmac('sha256', secret)
          .update(`code:${JSON.stringify([approval, approver])}`)
          .digest();
  // 256 is a multiple of 32, so every letter is as likely as any other.
  const code = [...bytes.subarray(0, letters)].map((byte) => alphabet[byte % alphabet.length]).join('');
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}

/** As people may type it: small, without the hyphen, with an O for the zero. */
const plainOf = (code: string) =>
  code
    .toUpperCase()
    .replaceAll(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');

/** All that is kept of a code. It holds for this request and this approver alone. */
export function keptCode(approval: ApprovalId, approver: string, code: string): KeptCode {
  const content = JSON.stringify([approval, approver, plainOf(code)]);
  return { approver, hash: createHash('sha256').update(content).digest('hex') };
}

/** Whose code it is, `null` for nobody's. */
export function ownerOf(codes: readonly KeptCode[], approval: ApprovalId, code: string): string | null {
  const isIt = ({ approver, hash }: KeptCode) =>
    timingSafeEqual(Buffer.from(hash, 'hex'), Buffer.from(keptCode(approval, approver, code).hash, 'hex'));
  return codes.find(isIt)?.approver ?? null;
}

// A mail that is tried for days without a secret brings a code each time; whoever got one of the newest can use it.
const mostOfOne = 8;

/** The codes with one more; of each approver's only the newest are kept. */
export function withCode(codes: readonly KeptCode[], added: KeptCode): readonly KeptCode[] {
  if (codes.some(({ hash }) => hash === added.hash)) return codes;
  const others = codes.filter(({ approver }) => approver !== added.approver);
  const own = codes.filter(({ approver }) => approver === added.approver);
  return [...others, ...[...own, added].slice(-mostOfOne)];
}

/** Everybody to whom a code was sent. */
export const approversOf = (codes: readonly KeptCode[]): readonly string[] => [
  ...new Set(codes.map(({ approver }) => approver)),
];
