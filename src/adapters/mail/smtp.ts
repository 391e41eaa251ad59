import { domainToASCII } from 'node:url';
import { createTransport, type NodemailerError } from 'nodemailer';
import { PortError, RecipientsRefusedError } from '../../ports/errors.js';
import type { Mailer } from '../../ports/mailer.js';
import { noticeHeader } from './bounces/headers.js';
import { createMails, MailsError, type Mail } from './mails.js';

export type SmtpMailerOptions = {
  /** `smtp://user:password@host:port`, or `smtps://` for TLS from the first byte. */
  readonly url: string;
  /** The sender, with or without a name: `Billing <billing@example.com>`. */
  readonly from: string;
  /** For the whole conversation with the server. */
  readonly timeoutMs?: number | undefined;
  /** The operator's own words and templates; see `docs/mails.md`. Check it with `checkMails` at the start. */
  readonly overrides?: string | null | undefined;
};

const defaultTimeoutMs = 15_000;

/** Sends mails over SMTP, one connection a mail. */
export function createSmtpMailer({
  url,
  from,
  timeoutMs = defaultTimeoutMs,
  overrides = null,
}: SmtpMailerOptions): Mailer {
  const mails = createMails(overrides);
  const timeouts = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs };
  const transport = createTransport({ url, ...timeouts, disableFileAccess: true, disableUrlAccess: true });

  async function deliver(messageId: string, recipients: readonly string[], make: () => Promise<Mail>) {
    // One bad address must not keep the mail from the others: the library would refuse them all.
    const usable = recipients.filter(isAddress);
    if (usable.length === 0)
      throw new RecipientsRefusedError(recipients, 'no recipient has an address that mail can go to');
    const message = messageOf(messageId, await make().catch(asUnavailable), from, usable);
    try {
      const { accepted } = await transport.sendMail({ ...message, signal: AbortSignal.timeout(timeoutMs) });
      const taken = new Set(accepted.map(wireForm));
      return usable.filter((recipient) => taken.has(wireForm(recipient)));
    } catch (error) {
      const { code, message: text } = mailError(error);
      throw code === 'MAIL_REFUSED' && isAboutAddresses(error)
        ? new RecipientsRefusedError(recipients, text, { cause: error })
        : new PortError(code, text, { cause: error });
    }
  }

  return {
    send: (notice) => deliver(notice.messageId, notice.recipients, () => mails.ofNotice(notice)),
    async ask(request) {
      await deliver(request.messageId, [request.recipient], () => mails.ofApproval(request));
    },
  };
}

function messageOf(messageId: string, mail: Mail, from: string, recipients: readonly string[]) {
  const id = `<${messageId.replace(/[\s<>]/g, '')}>`;
  return {
    ...mail,
    messageId: id,
    from,
    // As objects, never parsed: a comma or a name inside an address must not make two of it.
    to: recipients.map((address) => ({ name: '', address })),
    headers: {
      // RFC 3834: keeps out-of-office replies from coming back.
      'Auto-Submitted': 'auto-generated',
      // Some relays give a mail a Message-ID of their own; what they return of it has this one still.
      [noticeHeader]: id,
    },
  };
}

/** Mistakes in the operator's folder are mended by him; until then the mail waits as for a server that is down. */
function asUnavailable(error: unknown): never {
  throw error instanceof MailsError
    ? new PortError('MAIL_UNAVAILABLE', error.message, { cause: error })
    : error;
}

/**
 * `MAIL_REFUSED` only where the server said no for good to the recipients or the message. A login or a sender that it
 * doesn't take is our own fault: nothing is wrong with the recipients, and it works again once somebody mends it.
 */
export function mailError(error: unknown): PortError {
  const { code, command, responseCode, rejectedErrors } = error as NodemailerError;
  const said = `${code ?? 'error'}${responseCode === undefined ? '' : ` ${responseCode}`}`;
  const aboutThem = command === 'RCPT TO' || command === 'DATA';
  const replies = rejectedErrors?.map((rejected) => rejected.responseCode) ?? [responseCode];
  return aboutThem && replies.every(isForGood)
    ? new PortError('MAIL_REFUSED', `the mail server refused: ${said}`, { cause: error })
    : new PortError('MAIL_UNAVAILABLE', `the mail server can't take it now: ${said}`, { cause: error });
}

/** Not where the server has something against us: RFC 3463 has class 7 for that. */
function isAboutAddresses(error: unknown): boolean {
  const { command, response, rejectedErrors } = error as NodemailerError;
  const replies = rejectedErrors?.map((rejected) => rejected.response) ?? [response];
  return command === 'RCPT TO' && !replies.some((reply) => /^\d{3}[ -]5\.7\./.test(reply ?? ''));
}

/** 503 says that the conversation got muddled, not that the message is refused: on a new connection it may pass. */
function isForGood(reply: number | undefined): boolean {
  return reply !== undefined && reply >= 500 && reply !== 503;
}

function isAddress(recipient: string): boolean {
  return /^[^\s@<>,;:"()\p{Cc}]+@[^\s@<>,;:"()\p{Cc}]+$/u.test(recipient);
}

/** The address as it is written to the server. */
function wireForm(address: string): string {
  const at = address.lastIndexOf('@');
  return `${address.slice(0, at)}@${domainToASCII(address.slice(at + 1)) || address.slice(at + 1)}`;
}

/** Connects, logs in and leaves again. Rejects when the server doesn't take that; sends nothing. */
export async function verifySmtp(url: string): Promise<void> {
  const timeouts = { connectionTimeout: 3_000, greetingTimeout: 3_000, socketTimeout: 3_000 };
  const transport = createTransport({ url, ...timeouts, disableFileAccess: true, disableUrlAccess: true });
  try {
    await transport.verify();
  } finally {
    transport.close();
  }
}
