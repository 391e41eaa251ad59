import { createHmac, timingSafeEqual } from 'node:crypto';
import { asApprovalId, type ApprovalId } from '../domain/ids.js';
import type { Instant } from '../domain/time.js';

/** What a link in a mail says: which request, who was asked, until when it opens anything. */
export type ApprovalLink = {
  readonly approval: ApprovalId;
  readonly approver: string;
  readonly expiresAt: Instant;
};

const digestOf = (secret: string, body: string) => createHmac('sha256', secret).update(body).digest();

/** A token that fits into a URL and can't be made, nor changed, without the secret. */
export function signLink(secret: string, { approval, approver, expiresAt }: ApprovalLink): string {
  const body = Buffer.from(JSON.stringify([approval, approver, expiresAt])).toString('base64url');
  return `${body}.${digestOf(secret, body).toString('base64url')}`;
}

/** What a token says, `null` when it was not signed with this secret or has expired. Never throws. */
export function readLink(secret: string, token: string, now: Instant): ApprovalLink | null {
  const [body = '', signature = '', ...rest] = token.split('.');
  const expected = digestOf(secret, body);
  const given = Buffer.from(signature, 'base64url');
  if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  // Only what we signed ourselves is parsed.
  const [approval, approver, expiresAt] = JSON.parse(Buffer.from(body, 'base64url').toString()) as [
    string,
    string,
    number,
  ];
  return now < expiresAt ? { approval: asApprovalId(approval), approver, expiresAt } : null;
}
