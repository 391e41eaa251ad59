import type { Notice } from '../domain/notice.js';

/** Sends notices. One Message-ID a notice: a repeated send after a crash is recognised as the same message. */
export type Mailer = {
  /**
   * Returns the recipients whose mail server accepted. Throws `MAIL_UNAVAILABLE` when the server can't be asked or says
   * "later", `MAIL_REFUSED` when it refused every recipient for good.
   */
  send(notice: Notice): Promise<readonly string[]>;
};
