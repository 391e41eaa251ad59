import type { Money } from '../domain/money.js';
import type { Notice } from '../domain/notice.js';
import type { DecommissionPlan } from '../domain/plan.js';
import type { Instant } from '../domain/time.js';

/** What an approver is asked: the exact plan, and how to decide. */
export type ApprovalRequest = {
  readonly messageId: string;
  readonly recipient: string;
  readonly language: string;
  readonly account: { readonly ref: string; readonly name: string };
  readonly owed: readonly Money[];
  readonly plan: DecommissionPlan;
  /** The first eight characters name the plan on the command line. */
  readonly planHash: string;
  readonly expiresAt: Instant;
  /** His own: by it he decides where nobody knows who he is. */
  readonly code: string;
  /** Opens a page on which he decides, once; `null` where links are not set up. */
  readonly link: string | null;
};

/** Sends mails. One Message-ID a mail: a repeated send after a crash is recognised as the same message. */
export type Mailer = {
  /**
   * Returns the recipients whose mail server accepted. Throws `MAIL_UNAVAILABLE` when the server can't be asked or says
   * "later", `MAIL_REFUSED` when it refused every recipient for good: as a `RecipientsRefusedError` when that is because of
   * their addresses.
   */
  send(notice: Notice): Promise<readonly string[]>;
  /** Asks one approver. Throws as `send` does. */
  ask(request: ApprovalRequest): Promise<void>;
};
