import { createPostgresCases } from '../../src/db/queries/cases.js';
import type { Db } from '../../src/db/client.js';
import { notices } from '../../src/db/schema.js';
import { addAccount } from '../../src/db/queries/accounts.js';
import type { AccountId } from '../../src/domain/ids.js';
import { asCaseId } from '../../src/domain/ids.js';
import { caseFileOf } from './facts.js';
import { noticeId, report } from './bounces.js';

const noticePart = /<([^.]+)\.([^.]+)\./;

/** The id of a notice of a new case. */
export function newNoticeId(): string {
  const [, account = '', caseId = ''] = noticePart.exec(noticeId) ?? [];
  return noticeId.replace(account, crypto.randomUUID()).replace(caseId, crypto.randomUUID());
}

/** An account whose notice a mail server has accepted for these recipients. */
export async function aToldAccount(db: Db, recipients: readonly string[], { open = false } = {}) {
  const ref = crypto.randomUUID();
  const { id: account } = await addAccount(db, { ref, contacts: recipients, customers: [] });
  const caseId = asCaseId(crypto.randomUUID());
  const messageId = newNoticeId();
  const row = { messageId, account, caseId, round: 1, topic: 'reminder', acceptedAt: new Date() };
  await db.insert(notices).values({ ...row, recipients: [...recipients] });
  if (open) await openCase(db, account, caseId);
  return { ref, account, caseId, messageId };
}

async function openCase(db: Db, account: AccountId, id: ReturnType<typeof asCaseId>): Promise<void> {
  const at = Date.now();
  await createPostgresCases(db).save(caseFileOf({ id, account, openedAt: at }), null, at);
}

/** What a mail server says of a notice that did not reach these. */
export const bounceOf = (messageId: string, ...recipients: readonly string[]): string =>
  report({
    head: 'From: MAILER-DAEMON@mx.example.com\nSubject: Undelivered Mail Returned to Sender\n',
    status: `Reporting-MTA: dns; mx.example.com\n${recipients
      .map((one) => `\nFinal-Recipient: rfc822; ${one}\nAction: failed\nStatus: 5.1.1\n`)
      .join('')}`,
    back: ['text/rfc822-headers', `Message-ID: ${messageId}\n`],
  });
