import { asCaseId, asInvoiceId, type AccountId, type CaseId } from '../../src/domain/ids.js';
import type { EffectKey, Step, TakingStep } from '../../src/domain/effect.js';
import type { BreakerKind, TripCause } from '../../src/domain/breaker.js';
import type { GuardSettings } from '../../src/guard/brakes.js';
import type { DecisionEvidence } from '../../src/domain/decisions.js';
import type { OrderRecord } from '../../src/domain/orders.js';
import type { DecommissionPlan } from '../../src/domain/plan.js';
import type { FallbackPlan, Policy } from '../../src/domain/policy.js';
import type { Restriction } from '../../src/domain/restrictions.js';
import { noTerms, type Grounds } from '../../src/domain/standing.js';
import { DAY_MS, HOUR_MS, type Instant } from '../../src/domain/time.js';
import { signDecision } from '../../src/guard/decision-proof.js';
import type { ApprovalRow, Approvals } from '../../src/ports/approvals.js';
import type { ClaimRequest, Claims, NoticeRecord, RestrictionChange } from '../../src/ports/claims.js';
import { samplePolicy, standingThatIs, wholePolicy } from './facts.js';

export type SeenAudit = { readonly kind: string; readonly effect: string; readonly body: unknown };
export type SeenAccess = {
  readonly access: string;
  readonly version: number;
  readonly fallback: FallbackPlan | null;
  readonly restrictions: readonly Restriction[];
};

/** Claims of one kind, and what a test has to see behind them. */
export type ClaimsWorld = {
  readonly claims: Claims;
  readonly approvals: Approvals;
  /** The same ledger, seen by a process with other brakes. */
  braked(settings: Partial<GuardSettings>): Claims;
  newAccount(traits?: { readonly country?: string; readonly plan?: string }): Promise<AccountId>;
  readonly brakes: BrakesWorld;
  /** From now on the projection has this case as closed. */
  closeCase(account: AccountId, caseId: CaseId): Promise<void>;
  now(): Promise<Instant>;
  /** From now on it is so much later. */
  wait(ms: number): Promise<void>;
  /** From now on a grant stands; `until: null`: until it is ended. */
  grantService(account: AccountId, until: Instant | null): Promise<void>;
  endGrant(account: AccountId): Promise<void>;
  /** A mail server says that it never reaches this recipient of a notice. */
  bounce(messageId: string, recipient: string): Promise<void>;
  access(account: AccountId): Promise<SeenAccess>;
  audit(account: AccountId): Promise<readonly SeenAudit[]>;
};

/** The breakers and switches of the whole install. */
export type BrakesWorld = {
  /** As if nothing had ever been counted, nor anything tripped. */
  reset(): Promise<void>;
  /** From now on so many accounts are known to be billed, in these countries and on these plans, and so many acts of each kind are announced. */
  count(census: {
    paying: number;
    countries?: Record<string, number>;
    plans?: Record<string, number>;
    forecast?: number;
  }): Promise<void>;
  release(kind: BreakerKind): Promise<void>;
  allow(kind: BreakerKind, count: number, until: Instant): Promise<void>;
  tripped(kind: BreakerKind): Promise<TripCause | null>;
};

/** A decision that goes by no debt's age, and by no terms but those on record. */
export const noGrounds: Grounds = { ...noTerms, anchorAt: null };

/** By what decisions that came through us are known. */
export const linkSecret = 'a secret of the conformance suite, long enough';

export const leadMs = HOUR_MS;

/** Every step, each with a lead of `leadMs`. */
export const ledgerPolicy: Policy = {
  ...wholePolicy,
  limit: { afterMs: 0, leadMs },
  pause: { afterMs: 0, leadMs, immediate: false, drain: true },
  decommission: {
    afterMs: DAY_MS,
    retentionMs: leadMs,
    approvalMs: HOUR_MS,
    approvers: ['operations@example.com'],
    collection: 'cancel',
  },
};

export const owner = 'forbear';
export const evidence = 'overdue at Stripe';

const nonpayment = (access: Restriction['access']): RestrictionChange => ({
  impose: { reason: 'nonpayment', access, owner, evidence },
});
const lifted: RestrictionChange = { lift: ['nonpayment', 'ended'] };

const changeOf: Record<Step, RestrictionChange | null> = {
  remind: nonpayment('grace_period'),
  limit: nonpayment('read_only'),
  pause: nonpayment('suspended'),
  decommission: nonpayment('decommissioned'),
  ask: null,
  retry: null,
  restrict: { impose: { reason: 'manual', access: 'suspended', owner: 'ada', evidence: 'abuse' } },
  unrestrict: { lift: ['manual'] },
  lift: lifted,
  close: lifted,
};

export const plan: DecommissionPlan = {
  resources: [
    { target: 'platform', id: 'web', kind: 'instance' },
    { target: 'platform', id: 'jobs', kind: 'instance' },
  ],
  collection: 'cancel',
  subscriptions: [],
};

export type RequestChanges = Partial<ClaimRequest> & { readonly round?: number };

/** A new account with a new case, and short words for what a test does with it. */
export async function aCase(world: ClaimsWorld) {
  const { claims } = world;
  const account = await world.newAccount();
  const caseId = newCaseId();
  const key = (step: Step, round = 1): EffectKey => ({ account, caseId, step, round });
  const request = async (
    step: Step,
    { round = 1, ...changes }: RequestChanges = {},
  ): Promise<ClaimRequest> => ({
    key: key(step, round),
    topic: step === 'remind' ? 'reminder' : null,
    standing: standingThatIs('owing', await world.now()),
    grounds: noGrounds,
    policy: ledgerPolicy,
    change: changeOf[step],
    fallback: 'stays',
    approval: null,
    reason: 'a test',
    ...changes,
  });
  const claim = async (step: Step, changes: RequestChanges = {}) =>
    claims.claim(await request(step, changes));
  async function grant(step: Step, changes: RequestChanges = {}): Promise<number> {
    const granted = await claim(step, changes);
    if (granted.status !== 'granted') throw new Error(`${step} was not granted: ${JSON.stringify(granted)}`);
    return granted.fence;
  }
  /** Claims and settles at once. */
  async function carryOut(step: Step, changes: RequestChanges = {}) {
    return claims.settle(key(step, changes.round), await grant(step, changes), { evidence: 'done' });
  }
  /**
   * Sends the notice of a reminder's round and lets its lead pass; the date that it names is so long after that (`leadMs`
   * before it at most). Returns this date.
   */
  async function warn(round: number, afterMs: number, step: TakingStep = 'pause'): Promise<Instant> {
    const at = (await world.now()) + leadMs + afterMs;
    const fence = await grant('remind', { round });
    const messageId = `<${account}.${caseId}.${round}>`;
    const notice: NoticeRecord = {
      messageId,
      topic: 'reminder',
      promises: [{ step, at }],
      recipients: ['a'],
    };
    await claims.settle(key('remind', round), fence, { evidence: 'sent', notice });
    await world.wait(leadMs);
    return at;
  }
  /** Asks for the approval of a deletion, which may be decided for so long from now on. */
  async function ask({ round = 1, forMs = DAY_MS } = {}): Promise<ApprovalRow> {
    const expiresAt = (await world.now()) + forMs;
    return world.approvals.open(key('ask', round), { plan, planHash: `hash-${round}`, expiresAt });
  }
  const order = (...orders: readonly OrderRecord[]) => claims.keepOrders(account, caseId, orders);
  const decide = (asked: ApprovalRow, approved: boolean) => order(decisionOf(asked, approved));
  const tracks = () => claims.tracks(account, caseId);
  const audit = () => world.audit(account);
  return {
    world,
    claims,
    account,
    caseId,
    key,
    request,
    claim,
    grant,
    carryOut,
    warn,
    ask,
    order,
    decide,
    tracks,
    audit,
  };
}

/** An order of Ada's that changes nothing, with an id of its own, unless said. */
export function orderOf(changes: Partial<OrderRecord> = {}): OrderRecord {
  return {
    id: crypto.randomUUID(),
    kind: 'recheck',
    by: 'ada',
    reason: 'the customer called',
    at: Date.parse('2026-11-20T09:00:00.123Z'),
    text: 'a look at Stripe was asked for',
    change: null,
    ...changes,
  };
}

export type EvidenceGiven = DecisionEvidence & { readonly by?: string; readonly unproven?: boolean };

/** A decision of Ada's, with the proof that it came through us unless it has other evidence. */
export function decisionOf(
  { id, expiresAt }: Pick<ApprovalRow, 'id' | 'expiresAt'>,
  approved: boolean,
  { by = 'ada', unproven = false, ...evidence }: EvidenceGiven = {},
): OrderRecord {
  const proof = signDecision(linkSecret, { approval: id, approved, by, expiresAt });
  const given = unproven || Object.keys(evidence).length > 0 ? evidence : { proof };
  const change = { decision: { approval: id, approved, ...given } };
  return orderOf({ kind: approved ? 'approve' : 'reject', by, text: 'deletion decided', change });
}

export const exemptUntil = (until: Instant | null): OrderRecord =>
  orderOf({
    kind: 'exempt',
    change: { exemption: until === null ? null : { until, by: 'ada', reason: 'legal hold' } },
  });

export const immuneUntil = (until: Instant): OrderRecord =>
  orderOf({ kind: 'lift', change: { immunity: { until, by: 'ada' } } });

export const forgiving = (...invoices: readonly string[]): OrderRecord =>
  orderOf({ kind: 'exempt', change: { forgiven: invoices.map(asInvoiceId) } });

export const newCaseId = (): CaseId => asCaseId(crypto.randomUUID());
export const nameOf = ({ account, caseId, step, round }: EffectKey) =>
  `${account}/${caseId}/${step}/${round}`;
/** A policy in which nothing has to be told beforehand but a deletion. */
export const untoldPolicy: Policy = {
  ...ledgerPolicy,
  limit: { afterMs: 0, leadMs: 0 },
  pause: { ...(ledgerPolicy.pause ?? samplePolicy.pause!), leadMs: 0 },
};
