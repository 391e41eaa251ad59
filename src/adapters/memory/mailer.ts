import type { Notice } from '../../domain/notice.js';
import { PortError } from '../../ports/errors.js';
import type { Mailer } from '../../ports/mailer.js';

export type MemoryMailer = Mailer & {
  /** Everything that was accepted, in order. A notice that was sent twice stands here twice. */
  readonly sent: readonly Notice[];
  /** The next `times` sends fail. */
  failNext(code: 'MAIL_UNAVAILABLE' | 'MAIL_REFUSED', times?: number): void;
};

/** A mail server in memory that accepts every recipient. For tests and the simulator. */
export function createMemoryMailer(): MemoryMailer {
  const sent: Notice[] = [];
  const failures: ('MAIL_UNAVAILABLE' | 'MAIL_REFUSED')[] = [];
  return {
    sent,
    failNext: (code, times = 1) => void failures.push(...Array.from({ length: times }, () => code)),
    send(notice) {
      const code = failures.shift();
      if (code !== undefined) return Promise.reject(new PortError(code, 'the mail server was told to fail'));
      if (notice.recipients.length === 0)
        return Promise.reject(new PortError('MAIL_REFUSED', 'no recipient'));
      sent.push(notice);
      return Promise.resolve(notice.recipients);
    },
  };
}
