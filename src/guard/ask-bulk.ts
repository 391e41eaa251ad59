import { isSamePerson } from '../domain/decisions.js';
import type { BulkApprovals, BulkPost, BulkRequest, BulkWish } from '../ports/bulk.js';

export type BulkAsking = {
  readonly bulk: BulkApprovals;
  readonly approvers: readonly string[];
  readonly post: BulkPost;
  readonly messageDomain: string;
  /** The page on which this approver decides; `null` where links are not set up. */
  readonly linkOf: ((request: BulkRequest, approver: string) => string) | null;
};

/** A request, and whom a mail server took it for. */
export type Asked = {
  readonly request: BulkRequest;
  readonly told: readonly string[];
  readonly untold: readonly string[];
};

/**
 * Opens a request and tells every approver of it but, where there are several, him who asks. The request stands although
 * nobody could be told: it shows in `forbear approvals list`.
 */
export async function askInBulk(
  { bulk, approvers, post, messageDomain, linkOf }: BulkAsking,
  wish: BulkWish,
): Promise<Asked> {
  const request = await bulk.ask(wish);
  const isAsker = (approver: string) => approvers.length > 1 && isSamePerson(approver, wish.askedBy);
  const asked = approvers.filter((approver) => !isAsker(approver));
  const tell = async (recipient: string, index: number) => {
    const messageId = `<${index + 1}.${request.id}@${messageDomain}>`;
    await post({ messageId, recipient, request, link: linkOf?.(request, recipient) ?? null });
  };
  const results = await Promise.allSettled(asked.map(tell));
  const isTold = (_: string, index: number) => results[index]?.status === 'fulfilled';
  return {
    request,
    told: asked.filter(isTold),
    untold: asked.filter((approver, index) => !isTold(approver, index)),
  };
}
