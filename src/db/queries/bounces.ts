import { domainToASCII } from 'node:url';
import { and, eq, gt, inArray, sql } from 'drizzle-orm';
import { bouncedDays } from '../../domain/contact.js';
import { asAccountId, asCaseId } from '../../domain/ids.js';
import { DAY_MS } from '../../domain/time.js';
import type { BounceFate, BounceReading } from '../../ports/bounces.js';
import type { Db, Executor } from '../client.js';
import { bounces, notices } from '../schema.js';
import { readClock } from './ledger.js';

type Bounced = Extract<BounceReading, { is: 'bounce' }>;

/**
 * Keeps what a mail server said of a notice of ours and of a recipient whom we sent it to; nothing else counts. Returns when
 * it is committed. Safe to repeat.
 */
export async function noteBounce(db: Db, { messageIds, failed }: Bounced): Promise<BounceFate> {
  return db.transaction(async (tx) => {
    const notice = await noticeOf(tx, messageIds);
    if (notice === null) return { is: 'unknown_message' };
    const { messageId, account, caseId, wakes } = notice;
    const rows = failed.flatMap(({ names, status }) =>
      notice.recipients
        .filter((recipient) => names.some((name) => wireForm(name) === wireForm(recipient)))
        .map((recipient) => ({ messageId, recipient, status, isPermanent: true })),
    );
    if (rows.length === 0) return { is: 'unknown_recipient' };
    const at = await readClock(tx);
    const kept = await tx
      .insert(bounces)
      .values(rows.map((row) => ({ ...row, at })))
      .onConflictDoNothing()
      .returning({ id: bounces.id });
    const recipients = [...new Set(rows.map(({ recipient }) => recipient))];
    const ours = { account: asAccountId(account), caseId: asCaseId(caseId) };
    return { is: 'noted', messageId, recipients, news: kept.length > 0, ...ours, wakes };
  });
}

/** A mail server took a mail for none of these addresses, and never will. Safe to repeat. */
export async function noteRefusal(
  db: Executor,
  messageId: string,
  recipients: readonly string[],
): Promise<void> {
  if (recipients.length === 0) return;
  const at = await readClock(db);
  // RFC 3463: "bad destination mailbox address".
  const rows = recipients.map((recipient) => ({
    messageId,
    recipient,
    status: '5.1.1',
    isPermanent: true,
    at,
  }));
  await db.insert(bounces).values(rows).onConflictDoNothing();
}

/** The first of these mails that is a notice of ours, and whether its case is still open. */
async function noticeOf(tx: Executor, messageIds: Bounced['messageIds']) {
  const known = await tx
    .select({
      messageId: notices.messageId,
      account: notices.account,
      caseId: notices.caseId,
      recipients: notices.recipients,
      wakes: sql<boolean>`exists (select from cases c where c.id = notices.case_id and c.closed_at is null)`,
    })
    .from(notices)
    .where(inArray(notices.messageId, [...messageIds]));
  const named = messageIds.map((id) => known.find(({ messageId }) => messageId === id));
  return named.find((notice) => notice !== undefined) ?? null;
}

/** As a mail server writes an address: what differs in nothing else is the same to nearly all of them. */
function wireForm(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  return `${address.slice(0, at)}@${domainToASCII(domain) || domain}`.toLowerCase();
}

// RFC 3463: "destination address valid". No server sends it for a mail; here a person says it.
const confirmed = { messageId: 'contact', status: '2.1.5' };

/** The contacts of `accounts` that are not written to, because mails to them bounced and nobody has confirmed them since. */
export const bouncedContacts = sql<string[]>`array(
  select distinct c.email from account_contacts c
  join bounces b on b.recipient = c.email and b.is_permanent
  where c.account = accounts.id and b.at > clock_timestamp() - make_interval(days => ${bouncedDays})
    and not exists (
      select from bounces v
      where v.recipient = b.recipient and v.message_id = ${confirmed.messageId} and v.at >= b.at))`;

/** A person says that this address is right: what bounced before counts against it no more. `false`: nothing did. */
export async function confirmAddress(tx: Executor, recipient: string): Promise<boolean> {
  const at = await readClock(tx);
  const since = new Date(at.getTime() - bouncedDays * DAY_MS);
  const ofAddress = and(eq(bounces.recipient, recipient), eq(bounces.isPermanent, true));
  const [bounced] = await tx
    .select({ at: bounces.at })
    .from(bounces)
    .where(and(ofAddress, gt(bounces.at, since)))
    .limit(1);
  if (bounced === undefined) return false;
  await tx
    .insert(bounces)
    .values({ ...confirmed, recipient, isPermanent: false, at })
    .onConflictDoUpdate({ target: [bounces.messageId, bounces.recipient, bounces.status], set: { at } });
  return true;
}
