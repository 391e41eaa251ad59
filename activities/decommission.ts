import { createHash } from 'node:crypto';
import { isLasting, type ActOf, type Outcome } from '../src/domain/effect.js';
import type { AccountId, ApprovalId } from '../src/domain/ids.js';
import { messageIdOf } from '../src/domain/notice.js';
import { summaryOf, unplanned, type DecommissionPlan } from '../src/domain/plan.js';
import type { DecommissionRule, Policy } from '../src/domain/policy.js';
import { assess, type Standing } from '../src/domain/standing.js';
import { keptCode } from '../src/guard/approval-code.js';
import { carryOut } from '../src/guard/carry-out.js';
import { archivePlanned, deleteArchived, findAll } from '../src/guard/delete.js';
import { forNonpayment, groundsOf, keyOf, requestOf, type EffectOrder } from '../src/guard/order.js';
import { tellOfDeed, type Post } from '../src/guard/tell.js';
import type { ApprovalRow, Approvals } from '../src/ports/approvals.js';
import type { Billing } from '../src/ports/billing.js';
import type { Account, Accounts } from '../src/ports/cases.js';
import type { Policies } from '../src/ports/policies.js';
import type { Claims } from '../src/ports/claims.js';
import type { Deletions } from '../src/ports/deletions.js';
import { PortError } from '../src/ports/errors.js';
import type { Target } from '../src/ports/target.js';
import { beating, stoppable } from './heartbeat.js';

export type DecommissionDeps = Post & {
  readonly accounts: Accounts;
  readonly approvals: Approvals;
  readonly billing: Billing;
  readonly claims: Claims;
  readonly deletions: Deletions;
  readonly policies: Policies;
  readonly targets: readonly Target[];
  /** The page on which an approver decides; `null` where links are not set up. */
  readonly approvalLink: ((approval: ApprovalRow, approver: string) => string) | null;
  /** The code by which an approver decides where nobody knows who he is. */
  readonly approvalCode: (approval: ApprovalId, approver: string) => string;
};

export function createDecommissionActivities(deps: DecommissionDeps) {
  const { accounts, approvals, billing, claims, deletions, policies, targets } = deps;

  return {
    /**
     * Asks people for the approval of a deletion, with the exact plan as it stands now. A repeat asks for the same plan,
     * under the same Message-IDs. Fails with `BILLING_UNAVAILABLE`, `TARGET_UNAVAILABLE`, `MAIL_UNAVAILABLE` (retried),
     * `MAIL_REFUSED`, `TARGET_REFUSED` (final).
     */
    async requestApproval(order: EffectOrder<ActOf<'ask'>>): Promise<Outcome> {
      const key = keyOf(order);
      const policy = await policies.read(order.policyVersion);
      const rule = ruleOf(policy);
      const account = await accounts.read(key.account);
      const plan = await planFor(account, rule);
      const standing = await billing.readStanding(account.customers, account.ref);
      const request = requestOf(order, policy, standing, null, `deletion wanted: ${summaryOf(plan)}`);
      return carryOut(claims, request, async () => {
        const expiresAt = standing.readAt + rule.approvalMs;
        const asked = await approvals.open(key, { plan, planHash: hashOf(key.account, plan), expiresAt });
        const refused = await askAll(order, account, asked, rule, { standing, policy });
        const { id, planHash, summary } = asked;
        const count = rule.approvers.length - refused;
        const evidence = `asked ${count} of ${rule.approvers.length} approvers for plan ${planHash}`;
        const approval = { id, planHash, summary, expiresAt: asked.expiresAt };
        return refused === 0 ? { evidence, approval } : { evidence, approval, caveat: evidence };
      });
    },

    /**
     * Deletes what an approved plan names, whole: reads the standing fresh, claims against the approval, archives, reads the
     * archives back, ends collection, deletes part by part, looks whether each is gone. A payment stops it between two
     * parts; what is gone then has its archive. Safe to repeat. Fails like the acts that pause, and with `NOT_OFFERED` (final)
     * where the platform has no archives: then collection goes on, too.
     */
    async decommissionResources(order: EffectOrder<ActOf<'decommission'>>): Promise<Outcome> {
      return beating((signal) => decommission(order, signal));
    },
  };

  async function decommission(
    order: EffectOrder<ActOf<'decommission'>>,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { act } = order;
    const key = keyOf(order);
    const policy = await policies.read(order.policyVersion);
    const account = await accounts.read(key.account);
    const approved = await approvals.read(act.approval);
    if (approved === null) return { status: 'held', reason: 'approval_missing', until: null };
    const { plan } = approved;
    const now = await planFor(account, ruleOf(policy));
    const standing = await billing.readStanding(account.customers, account.ref);
    if (isOther(key.account, now, approved)) return { status: 'held', reason: 'plan_changed', until: null };
    signal.throwIfAborted();
    const change = forNonpayment('decommissioned');
    const request = requestOf(
      order,
      policy,
      standing,
      change,
      `approved deletion, plan ${approved.planHash}`,
    );
    return carryOut(claims, request, async (licence) => {
      const check = stoppable(signal, licence.check);
      const held = { ...account, fence: licence.fence };
      const parts = { deletions, targets, account: held, caseId: order.caseId, check };
      const archived = await archivePlanned(plan, parts);
      // A canceled subscription never comes back: it ends only once nothing stands in the way of the deletion.
      await check();
      await billing.endCollection(plan.subscriptions, plan.collection);
      await deleteArchived(archived, parts);
      const told = await tellOfDeed(deps, {
        key,
        account,
        topic: 'decommissioned',
        promises: [],
        standing,
        policy,
        terms: groundsOf(order),
      });
      return { evidence: archived.evidence, ...told };
    });
  }

  async function planFor(account: Account, { collection }: DecommissionRule): Promise<DecommissionPlan> {
    const { subscriptions } = await billing.readStanding(account.customers, account.ref);
    const live = subscriptions.filter(({ state }) => state !== 'ended' && state !== 'incomplete');
    return {
      resources: await findAll(targets, account),
      collection,
      subscriptions: live.map(({ id }) => id),
    };
  }

  /** Asks each approver for himself; says how many could not be reached, and throws only when nobody could. */
  async function askAll(
    order: EffectOrder<ActOf<'ask'>>,
    account: Account,
    asked: ApprovalRow,
    { approvers }: DecommissionRule,
    seen: { readonly standing: Standing; readonly policy: Policy },
  ): Promise<number> {
    const tried = await Promise.allSettled(
      approvers.map((approver, index) => ask(order, account, asked, { approver, index }, seen)),
    );
    const failures = tried.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    // One who can be reached later is worth another try.
    if (failures.length === approvers.length) throw failures.find(isPassing) ?? failures[0];
    return failures.length;
  }

  async function ask(
    order: EffectOrder<ActOf<'ask'>>,
    account: Account,
    asked: ApprovalRow,
    { approver, index }: { readonly approver: string; readonly index: number },
    { standing, policy }: { readonly standing: Standing; readonly policy: Policy },
  ): Promise<void> {
    const messageId = messageIdOf(keyOf(order), deps.messageDomain).replace('<', `<${index + 1}.`);
    const code = deps.approvalCode(asked.id, approver);
    await deps.approvals.keepCode(asked.id, keptCode(asked.id, approver, code));
    await deps.mailer.ask({
      messageId,
      recipient: approver,
      language: policy.language,
      account: { ref: account.ref, name: account.name },
      owed: assess(standing, policy, standing.readAt, groundsOf(order)).owed,
      plan: asked.plan,
      planHash: asked.planHash,
      expiresAt: asked.expiresAt,
      code,
      link: deps.approvalLink === null ? null : deps.approvalLink(asked, approver),
    });
  }
}

const isPassing = (failure: unknown) => !(failure instanceof PortError && isLasting(failure.code));

function ruleOf({ decommission }: Policy): DecommissionRule {
  if (decommission !== null) return decommission;
  throw new Error('a case wants to delete under a policy that never deletes');
}

/**
 * Whether it is no longer exactly what was approved. Once the act has begun under its approval only what came later counts:
 * what is gone by then was deleted by an earlier try.
 */
function isOther(
  account: AccountId,
  now: DecommissionPlan,
  { plan, planHash, isUsed }: ApprovalRow,
): boolean {
  if (hashOf(account, plan) !== planHash) return true;
  return isUsed ? hasMore(now, plan) : hashOf(account, now) !== planHash;
}

/** Whether there is something now that was not approved: a resource that came later, a subscription that began anew. */
function hasMore(now: DecommissionPlan, approved: DecommissionPlan): boolean {
  return (
    unplanned(approved, now.resources).length > 0 ||
    now.subscriptions.some((id) => !approved.subscriptions.includes(id))
  );
}

/** The hash of an account's plan, whatever order its parts were found in. No other account's has the same. */
function hashOf(account: AccountId, { resources, subscriptions, collection }: DecommissionPlan): string {
  const parts = resources.map(({ target, id, kind }) => JSON.stringify([target, kind, id])).sort();
  const content = JSON.stringify([account, parts, [...subscriptions].sort(), collection]);
  return createHash('sha256').update(content).digest('hex');
}
