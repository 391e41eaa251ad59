import { decisionCommand } from '../../domain/decisions.js';
import { formatSums } from '../../domain/money.js';
import { shellWord, webAddress } from '../../domain/safe-text.js';
import { formatInstant } from '../../domain/time.js';
import type { BulkLetter, BulkPost } from '../../ports/bulk.js';
import type { Logger } from '../../ports/logger.js';
import type { ApprovalRequest, Mailer } from '../../ports/mailer.js';
import { cut, escapeText, postToSlack, section, type SlackMessage } from './post.js';

export type SlackAsking = {
  /** The webhook of an approver's own channel, by his address; `undefined` for who has none. */
  readonly urlOf: (address: string) => string | undefined;
  readonly logger: Logger;
};

/**
 * Asks approvers in Slack beside the mail. What it says holds the approver's own link and code, so the channel has to be
 * one that nobody else reads. He is asked when either has reached him.
 */
export function withSlackAsks(mailer: Mailer, slack: SlackAsking): Mailer {
  return {
    send: (notice) => mailer.send(notice),
    ask: (request) => tellBoth(slack, request.recipient, mailer.ask(request), messageOf(request)),
  };
}

/** The same for lists of acts. `post`: by mail; `null` where no mail server is set. */
export function withSlackPosts(post: BulkPost | null, slack: SlackAsking): BulkPost {
  const byMail = (letter: BulkLetter) =>
    post === null ? Promise.reject(new Error('no mail server is set')) : post(letter);
  return (letter) => tellBoth(slack, letter.recipient, byMail(letter), messageOfList(letter));
}

/** Rejects as the mail did, where Slack has not taken it either. */
async function tellBoth(
  { urlOf, logger }: SlackAsking,
  recipient: string,
  mail: Promise<void>,
  message: SlackMessage,
): Promise<void> {
  const url = urlOf(recipient);
  if (url === undefined) return mail;
  const [mailed, posted] = await Promise.allSettled([mail, postToSlack({ url }, message)]);
  if (posted.status === 'rejected')
    logger.warn({ error: posted.reason as unknown }, 'an approver was not asked in Slack');
  if (mailed.status === 'fulfilled') return;
  if (posted.status === 'rejected') throw mailed.reason;
  logger.warn({ error: mailed.reason as unknown }, 'an approver was asked in Slack alone');
}

const endings = { cancel: 'canceled first', pause: 'its collection is paused first' } as const;

function messageOf(request: ApprovalRequest): SlackMessage {
  const { account, owed, plan, expiresAt, code, link } = request;
  const name = account.name === '' ? account.ref : `${account.name} (${account.ref})`;
  const title = `Delete what is left of ${name}?`;
  const { resources, subscriptions, collection } = plan;
  const command = decisionCommand('approve', { ...request, ref: account.ref });
  return {
    text: cut(escapeText(title)),
    blocks: [
      section(
        `*${escapeText(title)}*\n${escapeText(`Owed: ${formatSums(owed)}. Decide by ${formatInstant(expiresAt)}.`)}`,
      ),
      section(listOf(resources.map(({ target, kind, id }) => `${kind} ${id} (${target})`))),
      ...(subscriptions.length === 0
        ? []
        : [section(listOf(subscriptions.map((id) => `subscription ${id}: ${endings[collection]}`)))]),
      ...linkTo(link),
      section(escapeText(`Or, with your own code ${code}, on the command line: ${command}`)),
    ],
  };
}

function messageOfList({ request, link, recipient }: BulkLetter): SlackMessage {
  const { id, kind, acts, count, askedBy, reason, expiresAt } = request;
  const title = `Allow ${kind}, ${count} ${count === 1 ? 'act' : 'acts'}?`;
  const command = `forbear approvals approve ${id} --by ${shellWord(recipient)}`;
  return {
    text: cut(escapeText(title)),
    blocks: [
      section(
        `*${escapeText(title)}*\n${escapeText(`${askedBy} asks: ${reason}\nDecide by ${formatInstant(expiresAt)}.`)}`,
      ),
      section(listOf(acts)),
      ...linkTo(link),
      section(escapeText(`Or on the command line: ${command}`)),
    ],
  };
}

const mostNamed = 20;

function listOf(lines: readonly string[]): string {
  if (lines.length === 0) return 'Nothing is left to be deleted.';
  const rest = lines.length - mostNamed;
  const named = lines.slice(0, mostNamed).map((line) => `• ${escapeText(line)}`);
  return [...named, ...(rest > 0 ? [`and ${rest} more: the page names them all`] : [])].join('\n');
}

/** Opening it decides nothing. */
function linkTo(link: string | null): object[] {
  const address = webAddress(link);
  return address === null ? [] : [section(`<${escapeText(address)}|See it and decide>`)];
}
