import { isDeepStrictEqual } from 'node:util';
import type { Exemption } from '../../domain/case-file.js';
import { effectName, type EffectKey, type Outcome } from '../../domain/effect.js';
import { fallbackAfter, type FallbackEvidence } from '../../domain/fallback.js';
import type { AccountId, CaseId, InvoiceId } from '../../domain/ids.js';
import { judge, type Brakes, type Evidence } from '../../domain/judge.js';
import type { OrderRecord } from '../../domain/orders.js';
import type { FallbackPlan } from '../../domain/policy.js';
import { accessUnder, nameless, type Access, type Restriction } from '../../domain/restrictions.js';
import type { Instant } from '../../domain/time.js';
import { applyChange } from '../../guard/change.js';
import { tracksOf } from '../../guard/tracks.js';
import { outcomeOf } from '../../guard/outcome.js';
import { isUndoneBy } from '../../guard/undo.js';
import { warningOf, type PromiseRecord } from '../../guard/warning.js';
import type { Claim, ClaimRequest, Claims, Deed } from '../../ports/claims.js';
import { PortError } from '../../ports/errors.js';
import type { MemoryApprovals } from './approvals.js';
import type { MemoryGrants } from './grants.js';

export type AccessState = {
  readonly access: Access;
  readonly restrictions: readonly Restriction[];
  readonly fallback: FallbackPlan | null;
  readonly version: number;
};

export type AuditLine = {
  readonly kind: 'intent' | 'outcome' | 'order';
  readonly effect: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly at: Instant;
};

export type MemoryClaims = Claims & {
  /** What is left to the account now. */
  access(account: AccountId): AccessState;
  /** Every intent and outcome of the account, in order. */
  audit(account: AccountId): readonly AuditLine[];
};

export type MemoryClaimsOptions = {
  readonly clock: () => Instant | Promise<Instant>;
  readonly brakes: Brakes;
  readonly approvals: MemoryApprovals;
  readonly grants: MemoryGrants;
};

type Effect = { readonly key: EffectKey; readonly fence: number; readonly outcome: Outcome | null };
type Told = PromiseRecord & { readonly caseId: CaseId };

type Ledger = {
  fence: number;
  version: number;
  liftedAt: Instant | null;
  restrictions: readonly Restriction[];
  fallback: FallbackPlan | null;
  exemption: Exemption | null;
  forgiven: readonly InvoiceId[];
  readonly effects: Map<string, Effect>;
  readonly told: Told[];
  readonly orders: Set<string>;
  readonly audit: AuditLine[];
};

/**
 * Claims in memory, held to the same conformance suite as those on Postgres. The clock is read first; what follows
 * awaits nothing, so it is as atomic as a transaction. For tests and the simulator.
 */
export function createMemoryClaims({ clock, brakes, approvals, grants }: MemoryClaimsOptions): MemoryClaims {
  const ledgers = new Map<AccountId, Ledger>();
  const ledgerOf = (account: AccountId): Ledger => {
    const known = ledgers.get(account) ?? newLedger();
    ledgers.set(account, known);
    return known;
  };
  return {
    async claim(request) {
      const { account } = request.key;
      const now = await clock();
      const known = { brakes, approvals, granted: grants.stands(account, now) };
      return claim(ledgerOf(account), request, known, now);
    },
    settle: async (key, fence, deed) => settle(ledgerOf(key.account), key, fence, deed, await clock()),
    async checkFence(account, fence) {
      await Promise.resolve();
      const newest = ledgers.get(account)?.fence ?? null;
      if (newest !== fence) throw fenced(account, fence, newest);
    },
    async tracks(account, caseId) {
      const granted = grants.stands(account, await clock());
      const ledger = ledgerOf(account);
      const ofCase = [...ledger.effects.values()].filter(({ key }) => key.caseId === caseId);
      return tracksOf(
        ofCase.map(({ key, outcome }) => ({ ...key, settled: outcome !== null })),
        { ...ledger, granted },
      );
    },
    async keepOrders(account, caseId, orders) {
      await Promise.resolve();
      for (const order of orders) keepOrder(ledgerOf(account), account, caseId, order, approvals);
    },
    access: (account) => {
      const { restrictions, fallback, version } = ledgerOf(account);
      return { access: accessUnder(restrictions), restrictions, fallback, version };
    },
    audit: (account) => [...ledgerOf(account).audit],
  };
}

const newLedger = (): Ledger => ({
  fence: 0,
  version: 0,
  liftedAt: null,
  restrictions: [],
  fallback: null,
  exemption: null,
  forgiven: [],
  effects: new Map(),
  told: [],
  orders: new Set(),
  audit: [],
});

type Known = {
  readonly brakes: Brakes;
  readonly approvals: MemoryApprovals;
  readonly granted: boolean;
};

function claim(
  ledger: Ledger,
  request: ClaimRequest,
  { brakes, approvals, granted }: Known,
  now: Instant,
): Claim {
  const known = ledger.effects.get(effectName(request.key));
  if (known?.outcome) return { status: 'done', outcome: known.outcome };
  const evidence = { ...brakes, ...evidenceFor(ledger, request, approvals, now) };
  const judgement = judge(evidence);
  if (judgement.ruling === 'void') return { status: 'void' };
  if (judgement.ruling === 'hold')
    return { status: 'held', reason: judgement.reason, until: judgement.until };
  return grant(ledger, request, { ...evidence, granted }, known === undefined);
}

function evidenceFor(
  { exemption, forgiven, liftedAt, told }: Ledger,
  { key, topic, standing, policy, grounds, approval }: ClaimRequest,
  approvals: MemoryApprovals,
  now: Instant,
): Omit<Evidence, keyof Brakes> {
  const ofCase = told.filter(({ caseId }) => caseId === key.caseId);
  return {
    step: key.step,
    topic,
    now,
    // In memory there is no intake that could be blind.
    sightedAt: now,
    standing,
    policy,
    exemption,
    liftedAt,
    anchorAt: grounds.anchorAt,
    terms: { forgiven, agreement: grounds.agreement },
    notice: warningOf(ofCase, key.step, liftedAt),
    approval: approval === null ? null : approvals.record(key, approval),
  };
}

function grant(
  ledger: Ledger,
  { key, standing, change, reason, fallback: fallbackChange }: ClaimRequest,
  evidence: FallbackEvidence,
  isFirst: boolean,
): Claim {
  const { now } = evidence;
  const effect = effectName(key);
  const restrictions = applyChange(ledger.restrictions, change, now);
  const fallback = fallbackAfter(ledger.fallback, fallbackChange, evidence);
  const isWorthOther = !isDeepStrictEqual(fallback, ledger.fallback);
  if (isWorthOther || JSON.stringify(restrictions) !== JSON.stringify(ledger.restrictions))
    ledger.version += 1;
  ledger.restrictions = restrictions;
  ledger.fallback = fallback;
  ledger.fence += 1;
  if (givesBack(key)) ledger.liftedAt = now;
  ledger.effects.set(effect, { key, fence: ledger.fence, outcome: null });
  if (isFirst) {
    const standingReadAt = standing?.readAt ?? null;
    const worth = isWorthOther && { fallback };
    const body = { reason, standingReadAt, restrictions: restrictions.map(nameless), ...worth };
    ledger.audit.push({ kind: 'intent', effect, body, at: now });
  }
  return { status: 'granted', fence: ledger.fence, access: accessUnder(restrictions) };
}

function settle(ledger: Ledger, key: EffectKey, fence: number, deed: Deed, now: Instant): Outcome {
  const known = ledger.effects.get(effectName(key));
  if (known?.outcome) return known.outcome;
  if (known?.fence !== fence) throw fenced(key.account, fence, known?.fence ?? null);
  const outcome = outcomeOf(deed, now);
  close(ledger, known, outcome, deed.evidence, now);
  for (const promise of deed.notice?.promises ?? [])
    ledger.told.push({ ...promise, caseId: key.caseId, acceptedAt: now });
  if (givesBack(key)) ledger.liftedAt = now;
  for (const undone of undoneBy(ledger, key))
    close(ledger, undone, { status: 'interrupted' }, `undone by ${effectName(key)}`, now);
  return outcome;
}

function keepOrder(
  ledger: Ledger,
  account: AccountId,
  caseId: CaseId,
  order: OrderRecord,
  approvals: MemoryApprovals,
): void {
  if (ledger.orders.has(order.id)) return;
  ledger.orders.add(order.id);
  const { id, kind, by, reason, at, text, change } = order;
  const body = { kind, by, reason, text, caseId };
  ledger.audit.push({ kind: 'order', effect: `order/${id}`, body, at });
  if (change === null) return;
  if ('exemption' in change) ledger.exemption = change.exemption;
  else if ('forgiven' in change) ledger.forgiven = change.forgiven;
  else approvals.decide(account, change.decision.approval, change.decision.approved);
}

function close(ledger: Ledger, effect: Effect, outcome: Outcome, evidence: string, now: Instant): void {
  const name = effectName(effect.key);
  ledger.effects.set(name, { ...effect, outcome });
  ledger.audit.push({ kind: 'outcome', effect: name, body: { status: outcome.status, evidence }, at: now });
}

const givesBack = ({ step }: EffectKey) => step === 'lift' || step === 'close';

const undoneBy = (ledger: Ledger, undoing: EffectKey): Effect[] =>
  [...ledger.effects.values()].filter(
    ({ key, outcome }) =>
      outcome === null && key.caseId === undoing.caseId && isUndoneBy(key.step, undoing.step),
  );

const fenced = (account: AccountId, fence: number, newest: number | null) =>
  new PortError('FENCED', `claim ${fence} on account ${account} is out of date: the newest is ${newest}`);
