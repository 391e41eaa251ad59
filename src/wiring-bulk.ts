import { createBulkPost } from './adapters/mail/bulk.js';
import type { readApproversConfig } from './config.js';
import type { Db } from './db/client.js';
import { createPostgresBulk } from './db/queries/bulk.js';
import { asApprovalId } from './domain/ids.js';
import { signLink } from './guard/approval-link.js';
import type { BulkAsking } from './guard/ask-bulk.js';

type ApproversConfig = ReturnType<typeof readApproversConfig>;

/** Everything that asking for many acts at once, and deciding on them, is given. */
export function bulkAsking({ approvers, links, smtpUrl, mailFrom }: ApproversConfig, db: Db): BulkAsking {
  const from = mailFrom ?? 'forbear@forbear.invalid';
  return {
    bulk: createPostgresBulk(db, { approvers, secret: links?.secret ?? null }),
    approvers,
    post: smtpUrl === null ? null : createBulkPost({ smtpUrl, from }),
    messageDomain: from.split('@')[1] ?? 'forbear.invalid',
    linkOf:
      links === null
        ? null
        : ({ id, expiresAt }, approver) =>
            `${links.publicUrl}/approvals/bulk/${signLink(links.secret, { approval: asApprovalId(id), approver, expiresAt })}`,
  };
}
