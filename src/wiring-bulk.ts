import { createBulkPost } from './adapters/mail/bulk.js';
import { withSlackPosts, type SlackAsking } from './adapters/slack/approvals.js';
import type { ApproverSlack } from './approver-settings.js';
import type { readApproversConfig } from './config-approvers.js';
import type { Db } from './db/client.js';
import { createPostgresBulk } from './db/queries/bulk.js';
import { isSamePerson } from './domain/decisions.js';
import { asApprovalId } from './domain/ids.js';
import { signLink } from './guard/approval-link.js';
import type { BulkAsking } from './guard/ask-bulk.js';
import { createLogger } from './log/logger.js';

type ApproversConfig = ReturnType<typeof readApproversConfig>;

/** Everything that asking for many acts at once, and deciding on them, is given. */
export function bulkAsking(
  { approvers, links, smtpUrl, mailFrom, approverSlack }: ApproversConfig,
  db: Db,
): BulkAsking {
  const from = mailFrom ?? 'forbear@forbear.invalid';
  return {
    bulk: createPostgresBulk(db, { approvers, secret: links?.secret ?? null }),
    approvers,
    post: withSlackPosts(
      smtpUrl === null ? null : createBulkPost({ smtpUrl, from }),
      slackAsking(approverSlack),
    ),
    messageDomain: from.split('@')[1] ?? 'forbear.invalid',
    linkOf:
      links === null
        ? null
        : ({ id, expiresAt }, approver) =>
            `${links.publicUrl}/approvals/bulk/${signLink(links.secret, { approval: asApprovalId(id), approver, expiresAt })}`,
  };
}

/** Who is asked in Slack as well. */
export function slackAsking(approvers: readonly ApproverSlack[]): SlackAsking {
  return {
    urlOf: (address) => approvers.find((one) => isSamePerson(one.address, address))?.slackUrl,
    logger: createLogger('approvals'),
  };
}
