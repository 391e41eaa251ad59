import { createHmac, timingSafeEqual } from 'node:crypto';
import { asAccountId, type AccountId } from '../domain/ids.js';

// A key of its own: nothing that was signed for another purpose opens anything here, nor the other way round.
const keyOf = (secret: string) => createHmac('sha256', secret).update('forbear/pay-link/1').digest();

const idBytes = 16;
// An id and a signature of 32 bytes; whatever else could be decoded to the same is not what we signed.
const shape = /^[\w-]{64}$/;

/**
 * Makes the token of an account's pay link. It always is the same for an account and never expires, because it stands in
 * answers that are compared; it opens nothing but the page on which the account's debts can be paid.
 */
export function createPayLinks(secret: string) {
  const key = keyOf(secret);
  const signatureOf = (id: Buffer) => createHmac('sha256', key).update(id).digest();
  return {
    sign(account: AccountId): string {
      const id = Buffer.from(account.replaceAll('-', ''), 'hex');
      return Buffer.concat([id, signatureOf(id)]).toString('base64url');
    },
    /** The account of a token, `null` when it was not signed with this secret, for this purpose. Never throws. */
    read(token: string): AccountId | null {
      if (!shape.test(token)) return null;
      const bytes = Buffer.from(token, 'base64url');
      const [id, given] = [bytes.subarray(0, idBytes), bytes.subarray(idBytes)];
      const expected = signatureOf(id);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
      const hex = id.toString('hex');
      return asAccountId(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'));
    },
  };
}

export type PayLinks = ReturnType<typeof createPayLinks>;
