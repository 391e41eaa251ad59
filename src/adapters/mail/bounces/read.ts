import PostalMime, { type Email } from 'postal-mime';
import type { BounceReading, FailedRecipient } from '../../../ports/bounces.js';
import { failedOf, recipientsOf } from './delivery-status.js';
import { failedByHeader, failedByQmail } from './dialects.js';
import { idsIn, idsInText, idsOfReturned } from './headers.js';

/** A notice has some 30 KB, and what comes back is that and a report: a megabyte is something else. */
export const largestMail = 1024 * 1024;

// A returned mail is not looked into, so a report lies two or three levels deep.
const limits = { maxNestingDepth: 12, maxHeadersSize: 256 * 1024, maxRfc822NestingDepth: 0 };
const longestText = 256 * 1024;
const mostIds = 20;

const reportTypes = ['message/delivery-status', 'message/global-delivery-status'];
const returnedTypes = [
  'message/rfc822',
  'message/global',
  'text/rfc822-headers',
  'text/rfc822',
  'message/rfc822-headers',
  'message/global-headers',
];

/**
 * Whether a mail says that another one did not reach somebody, by RFC 3464 and RFC 3463, and by what servers say that know
 * neither. Never rejects. Automatic answers, receipts and mails that are only late are no bounces.
 */
export async function readBounce(raw: Uint8Array): Promise<BounceReading> {
  if (raw.byteLength === 0) return notOne('it is empty');
  if (raw.byteLength > largestMail) return notOne(`it is larger than ${largestMail} bytes`);
  try {
    return readingOf(await PostalMime.parse(raw, { ...limits, forceRfc822Attachments: true }));
  } catch {
    return notOne('it can’t be read as a mail');
  }
}

const notOne = (why: string): BounceReading => ({ is: 'no_bounce', why });

function readingOf(mail: Email): BounceReading {
  const partsOf = (types: readonly string[]) =>
    mail.attachments.filter(({ mimeType }) => types.includes(mimeType)).map(({ content }) => textOf(content));
  const text = (mail.text ?? '').slice(0, longestText);
  const reports = partsOf(reportTypes).flatMap(recipientsOf);
  const failed = reports.length > 0 ? failedOf(reports) : failedInWords(mail, text);
  if (failed.length === 0) return notOne(reports.length > 0 ? whyNotFailed(reports) : whyNoReport(mail));
  const answered = ['in-reply-to', 'references'].flatMap((name) => idsIn(headerOf(mail, name)));
  // What was returned knows best; what a text quotes, or a thread names, may be about several mails.
  const ids = [...partsOf(returnedTypes).flatMap(idsOfReturned), ...idsInText(text), ...answered];
  const messageIds = [...new Set(ids)].slice(0, mostIds);
  return messageIds.length === 0
    ? notOne('it does not name the mail that it is about')
    : { is: 'bounce', messageIds, failed };
}

function failedInWords(mail: Email, text: string): readonly FailedRecipient[] {
  const named = headerOf(mail, 'x-failed-recipients');
  return named === '' ? failedByQmail(text) : failedByHeader(named, text);
}

function whyNotFailed(reports: ReturnType<typeof recipientsOf>): string {
  const actions = [...new Set(reports.map(({ action }) => action.replace(/[^a-z-]/g, '').slice(0, 20)))];
  return `it reports ${actions.filter(Boolean).join(', ') || 'no action'}, and nobody whom it will never reach`;
}

function whyNoReport(mail: Email): string {
  const type = headerOf(mail, 'content-type').toLowerCase();
  if (type.includes('disposition-notification')) return 'it is a receipt, not a report of a failure';
  if (type.includes('feedback-report')) return 'it is a complaint, not a report of a failure';
  const isAutomatic =
    /^auto-(replied|generated|notified)/i.test(headerOf(mail, 'auto-submitted')) ||
    headerOf(mail, 'x-autoreply') !== '' ||
    headerOf(mail, 'x-autorespond') !== '' ||
    /\bauto_reply\b/i.test(headerOf(mail, 'precedence'));
  return isAutomatic ? 'it is an automatic answer' : 'it holds no report of a failure';
}

const headerOf = ({ headers }: Email, name: string) =>
  headers
    .filter(({ key }) => key === name)
    .map(({ value }) => value)
    .join(' ')
    .slice(0, 10_000);

function textOf(content: ArrayBuffer | Uint8Array | string): string {
  if (typeof content === 'string') return content.slice(0, longestText);
  return new TextDecoder().decode(content.slice(0, longestText));
}
