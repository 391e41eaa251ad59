import { createTransport } from 'nodemailer';
import { oneLine, webAddress } from '../../domain/safe-text.js';
import { formatInstant } from '../../domain/time.js';
import type { BulkLetter, BulkPost } from '../../ports/bulk.js';
import { mailError } from './smtp.js';

export type BulkPostOptions = {
  readonly smtpUrl: string;
  readonly from: string;
  /** For the whole conversation with the server. */
  readonly timeoutMs?: number;
};

/** Asks approvers by mail, in plain text: it is the operator's own people who read it. */
export function createBulkPost({ smtpUrl, from, timeoutMs = 15_000 }: BulkPostOptions): BulkPost {
  const timeouts = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs };
  const transport = createTransport({
    url: smtpUrl,
    ...timeouts,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return async (letter) => {
    const mail = {
      ...mailOf(letter),
      from,
      to: [{ name: '', address: letter.recipient }],
      messageId: letter.messageId,
      headers: { 'Auto-Submitted': 'auto-generated' },
      signal: AbortSignal.timeout(timeoutMs),
    };
    await transport.sendMail(mail).catch((error: unknown) => {
      throw mailError(error);
    });
  };
}

const mostNamed = 50;

/** What a mail says: what is asked, by whom and why, the first acts, and how to decide. */
export function mailOf({ request, link, recipient }: BulkLetter) {
  const { id, kind, acts, count, hash, askedBy, reason, expiresAt } = request;
  const rest = count - mostNamed;
  const address = webAddress(link);
  const lines = [
    `${oneLine(askedBy)} asks to be allowed: ${oneLine(kind)}, ${count} ${count === 1 ? 'act' : 'acts'}.`,
    `Why: ${oneLine(reason)}`,
    `Until: ${formatInstant(expiresAt)}`,
    `List: ${hash.slice(0, 8)}`,
    '',
    ...acts.slice(0, mostNamed).map((act) => `- ${oneLine(act)}`),
    ...(rest > 0 ? [`and ${rest} more`] : []),
    '',
    'Allowed are exactly these acts, once. Any other list has to be asked for anew.',
    '',
    ...(address === null ? [] : [`See them and decide: ${address}`, '']),
    `${address === null ? 'Decide' : 'Or decide'} on the command line:`,
    ...['approve', 'reject'].map((word) => `  forbear approvals ${word} ${id} --by ${oneLine(recipient)}`),
  ];
  return {
    subject: `Decide by ${formatInstant(expiresAt)}: ${oneLine(kind)}, ${count} ${count === 1 ? 'act' : 'acts'}`,
    text: `${lines.join('\n')}\n`,
  };
}
