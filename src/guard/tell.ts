import type { EffectKey } from '../domain/effect.js';
import {
  composeNotice,
  messageIdOf,
  type Notice,
  type NoticePromise,
  type NoticeTopic,
} from '../domain/notice.js';
import type { Policy } from '../domain/policy.js';
import type { Standing, Terms } from '../domain/standing.js';
import type { Account, Accounts } from '../ports/cases.js';
import type { Deed, NoticeRecord } from '../ports/claims.js';
import { PortError, RecipientsRefusedError } from '../ports/errors.js';
import type { Mailer } from '../ports/mailer.js';

export type Post = {
  readonly accounts: Accounts;
  readonly mailer: Mailer;
  /** The right-hand side of every Message-ID. */
  readonly messageDomain: string;
};

export type Message = {
  readonly key: EffectKey;
  readonly account: Account;
  readonly topic: NoticeTopic;
  readonly promises: readonly NoticePromise[];
  readonly standing: Standing | null;
  readonly policy: Policy;
  readonly terms: Terms;
};

/** The notice of an effect, under the effect's own Message-ID. */
export function noticeOf({ messageDomain }: Post, message: Message): Notice {
  const { key, account, topic, promises, standing, policy, terms } = message;
  const id = messageIdOf(key, messageDomain);
  return composeNotice(id, account, { topic, promises }, standing, policy, terms);
}

/**
 * Sends a notice and says what has to be kept of it. Where nothing reaches its addresses it goes to the contacts who stand
 * in for them. Throws `MAIL_UNAVAILABLE` (ask later) and `MAIL_REFUSED` (every address refused it). A repeat goes out under
 * the same Message-ID.
 */
export async function tell(post: Post, message: Message): Promise<NoticeRecord> {
  const { topic, promises } = message;
  const notice = noticeOf(post, message);
  try {
    const recipients = await post.mailer.send(notice);
    return { messageId: notice.messageId, topic, promises, recipients };
  } catch (error) {
    const standIn = await standInFor(post, message, notice.messageId, error);
    return tell(post, { ...message, account: standIn });
  }
}

/** The account with other contacts than those who were just refused; throws the refusal where there are none. */
async function standInFor(
  { accounts }: Post,
  { account }: Message,
  messageId: string,
  error: unknown,
): Promise<Account> {
  if (!(error instanceof RecipientsRefusedError)) throw error;
  const standIn = await accounts.noteRefused(account.id, messageId, error.recipients);
  const isNew = (contact: string) => !account.contacts.includes(contact);
  if (!standIn.contacts.some(isNew)) throw error;
  return standIn;
}

/**
 * The notice that goes with an act that is done already: what is done is never undone, nor done twice, because its notice
 * could not be sent. It is then still owed, and the case sends it by itself.
 */
export async function tellOfDeed(post: Post, message: Message): Promise<Pick<Deed, 'notice' | 'untold'>> {
  if (message.account.contacts.length === 0) return {};
  try {
    return { notice: await tell(post, message) };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return { untold: true };
  }
}
