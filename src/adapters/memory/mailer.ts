import type { Notice } from '../../domain/notice.js';
import { PortError } from '../../ports/errors.js';
import type { ApprovalRequest, Mailer } from '../../ports/mailer.js';

export type MemoryMailer = Mailer & {
  /** Everything that was accepted, in order. A notice that was sent twice stands here twice. */
  readonly sent: readonly Notice[];
  /** Every approver who was asked, in order. */
  readonly asked: readonly ApprovalRequest[];
  /** The next `times` sends fail, whatever is sent. */
  failNext(code: 'MAIL_UNAVAILABLE' | 'MAIL_REFUSED', times?: number): void;
};

/** A mail server in memory that accepts every recipient. For tests and the simulator. */
export function createMemoryMailer(): MemoryMailer {
  const sent: Notice[] = [];
  const asked: ApprovalRequest[] = [];
  const failures: ('MAIL_UNAVAILABLE' | 'MAIL_REFUSED')[] = [];
  const accept = (recipients: readonly string[]) => {
    const code = failures.shift();
    if (code !== undefined) throw new PortError(code, 'the mail server was told to fail');
    if (recipients.length === 0) throw new PortError('MAIL_REFUSED', 'no recipient');
    return recipients;
  };
  return {
    sent,
    asked,
    failNext: (code, times = 1) => void failures.push(...Array.from({ length: times }, () => code)),
    // Asynchronous, so that it fails as a promise does.
    async send(notice) {
      const recipients = await Promise.resolve(notice.recipients).then(accept);
      sent.push(notice);
      return recipients;
    },
    async ask(request) {
      await Promise.resolve([request.recipient]).then(accept);
      asked.push(request);
    },
  };
}
