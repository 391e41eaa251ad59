import { isDeepStrictEqual } from 'node:util';
import type { Exemption, Immunity } from '../../domain/case-file.js';
import type { Verdict } from '../../domain/decisions.js';
import { effectName, type EffectKey, type Outcome } from '../../domain/effect.js';
import { fallbackAfter, type FallbackEvidence } from '../../domain/fallback.js';
import type { AccountId, CaseId, InvoiceId } from '../../domain/ids.js';
import { breakerOf } from '../../domain/breaker.js';
import { judge, type Brakes, type Evidence } from '../../domain/judge.js';
import { frozenMeanwhile, heldBy, type GuardSettings } from '../../guard/brakes.js';
import type { OrderRecord } from '../../domain/orders.js';
import type { FallbackPlan } from '../../domain/policy.js';
import { accessUnder, nameless, type Access, type Restriction } from '../../domain/restrictions.js';
import type { Instant } from '../../domain/time.js';
import { asExamined, examine, refusedBody, verdictOf, type Examined } from '../../guard/decision.js';
import { applyChange } from '../../guard/change.js';
import { tracksOf } from '../../guard/tracks.js';
import { outcomeOf } from '../../guard/outcome.js';
import { isOverWithItsCase, isUndoneBy } from '../../guard/undo.js';
import { deliveredOf, undeliveredOf, warningOf, type PromiseRecord } from '../../guard/warning.js';
import type { Claim, ClaimRequest, Claims, Deed, NoticeRecord } from '../../ports/claims.js';
import { PortError } from '../../ports/errors.js';
import type { MemoryApprovals } from './approvals.js';
import type { MemoryBreakers } from './breakers.js';
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
  /** A mail server said of a notice that this recipient did not get it, and never will. */
  noteBounce(messageId: string, recipient: string): void;
  /** The case has closed: what was claimed for it and never got done has ended. */
  endWithCase(account: AccountId, caseId: CaseId): Promise<void>;
};

export type MemoryClaimsOptions = {
  readonly clock: () => Instant | Promise<Instant>;
  readonly settings: GuardSettings;
  readonly approvals: MemoryApprovals;
  readonly grants: MemoryGrants;
  /** Whether a case has closed, as the projection has it. */
  readonly isCaseClosed: (caseId: CaseId) => boolean;
  /** Shared by all who claim on the same accounts. */
  readonly breakers: MemoryBreakers;
  /** By what the decisions of our own api and command line are known. */
  readonly linkSecret?: string | null;
};

type Effect = {
  readonly key: EffectKey;
  readonly fence: number;
  readonly outcome: Outcome | null;
  readonly notice: NoticeRecord | null;
};
type Told = PromiseRecord & {
  readonly caseId: CaseId;
  readonly notice: { readonly messageId: string; readonly recipients: readonly string[] };
};

type Ledger = {
  fence: number;
  version: number;
  liftedAt: Instant | null;
  restrictions: readonly Restriction[];
  fallback: FallbackPlan | null;
  exemption: Exemption | null;
  immunity: Immunity | null;
  forgiven: readonly InvoiceId[];
  readonly effects: Map<string, Effect>;
  readonly told: Told[];
  /** As `Message-ID recipient`. */
  readonly bounces: Set<string>;
  /** What came of each order that was kept. */
  readonly orders: Map<string, Verdict | null>;
  readonly audit: AuditLine[];
};

/**
 * Claims in memory, held to the same conformance suite as those on Postgres. The clock is read first; what follows
 * awaits nothing, so it is as atomic as a transaction. For tests and the simulator.
 */
export function createMemoryClaims({
  clock,
  settings,
  approvals,
  grants,
  breakers,
  isCaseClosed,
  linkSecret = null,
}: MemoryClaimsOptions): MemoryClaims {
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
      const known = { settings, approvals, breakers, isCaseClosed, granted: grants.stands(account, now) };
      return claim(ledgerOf(account), request, known, now);
    },
    async settle(key, fence, deed) {
      const ledger = ledgerOf(key.account);
      const outcome = settle(ledger, key, fence, deed, await clock());
      for (const [effect, one] of ledger.effects) if (one.outcome !== null) breakers.noteSettled(effect);
      return outcome;
    },
    async checkFence({ account, step }, fence) {
      await Promise.resolve();
      const newest = ledgers.get(account)?.fence ?? null;
      if (newest !== fence) throw fenced(account, fence, newest);
      if (breakerOf(step) !== null && isFrozen(settings)) throw frozenMeanwhile(account);
    },
    async tracks(account, caseId) {
      const granted = grants.stands(account, await clock());
      const ledger = ledgerOf(account);
      const ofCase = [...ledger.effects.values()].filter(({ key }) => key.caseId === caseId);
      const tracks = tracksOf(
        ofCase.map((effect) => ({
          ...effect.key,
          settled: effect.outcome !== null,
          notice: noticeOf(effect),
        })),
        { ...ledger, granted },
      );
      return { ...tracks, undelivered: undeliveredOf(sentOf(ledger, caseId)) };
    },
    async keepOrders(account, caseId, orders) {
      const now = await clock();
      const kept = { account, caseId, approvals, secret: linkSecret, now };
      return orders.flatMap((order) => keepOrder(ledgerOf(account), order, kept) ?? []);
    },
    async endWithCase(account, caseId) {
      const now = await clock();
      const ledger = ledgerOf(account);
      for (const open of openIn(ledger, caseId))
        close(ledger, open, { status: 'interrupted' }, 'its case has closed', now);
    },
    access: (account) => {
      const { restrictions, fallback, version } = ledgerOf(account);
      return { access: accessUnder(restrictions), restrictions, fallback, version };
    },
    audit: (account) => [...ledgerOf(account).audit],
    noteBounce: (messageId, recipient) => {
      for (const { told, bounces } of ledgers.values())
        if (
          told.some(({ notice }) => notice.messageId === messageId && notice.recipients.includes(recipient))
        )
          bounces.add(`${messageId} ${recipient}`);
    },
  };
}

const newLedger = (): Ledger => ({
  fence: 0,
  version: 0,
  liftedAt: null,
  restrictions: [],
  fallback: null,
  exemption: null,
  immunity: null,
  forgiven: [],
  effects: new Map(),
  told: [],
  bounces: new Set(),
  orders: new Map(),
  audit: [],
});

type Known = {
  readonly settings: GuardSettings;
  readonly breakers: MemoryBreakers;
  readonly isCaseClosed: MemoryClaimsOptions['isCaseClosed'];
  readonly approvals: MemoryApprovals;
  readonly granted: boolean;
};

function claim(
  ledger: Ledger,
  request: ClaimRequest,
  { settings, breakers, isCaseClosed, approvals, granted }: Known,
  now: Instant,
): Claim {
  const known = ledger.effects.get(effectName(request.key));
  if (known?.outcome) return { status: 'done', outcome: known.outcome };
  if (isOverWithItsCase(request.key.step) && isCaseClosed(request.key.caseId)) return { status: 'void' };
  const brakes = { mode: settings.mode, frozen: isFrozen(settings) };
  const evidence = { ...brakes, ...evidenceFor(ledger, request, approvals, now) };
  const judgement = judge(evidence);
  const kind = breakerOf(request.key.step);
  if (judgement.ruling === 'void') {
    if (kind !== null) breakers.noteVeto(kind, request.key, now);
    return { status: 'void' };
  }
  if (judgement.ruling === 'hold')
    return { status: 'held', reason: judgement.reason, until: judgement.until };
  // What was claimed before was counted then.
  if (kind !== null && known === undefined) {
    const ruling = breakers.pass(settings.breakers, kind, request.key, now);
    if (ruling.ruling !== 'pass') return heldBy(ruling);
  }
  if (request.approval !== null) approvals.use(request.key, request.approval);
  return grant(ledger, request, { ...evidence, granted }, known === undefined);
}

/** Every date that notices of a case have named, and whether it arrived. */
const sentOf = ({ told, bounces }: Ledger, caseId: CaseId | null) =>
  told
    .filter((one) => one.caseId === caseId)
    .map(({ notice: { messageId, recipients }, ...promise }) => ({
      ...promise,
      delivered: recipients.some((recipient) => !bounces.has(`${messageId} ${recipient}`)),
    }));

function evidenceFor(
  ledger: Ledger,
  { key, topic, standing, policy, grounds, approval }: ClaimRequest,
  approvals: MemoryApprovals,
  now: Instant,
): Omit<Evidence, keyof Brakes> {
  const { exemption, immunity, forgiven, liftedAt } = ledger;
  return {
    step: key.step,
    topic,
    now,
    // In memory there is no intake that could be blind.
    sightedAt: now,
    standing,
    policy,
    exemption,
    immunity,
    liftedAt,
    anchorAt: grounds.anchorAt,
    terms: { forgiven, agreement: grounds.agreement },
    notice: warningOf(deliveredOf(sentOf(ledger, key.caseId)), key.step, liftedAt),
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
  ledger.effects.set(effect, { key, fence: ledger.fence, outcome: null, notice: null });
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
  const { notice } = deed;
  close(ledger, { ...known, notice: notice ?? null }, outcome, deed.evidence, now);
  for (const promise of notice?.promises ?? [])
    if (notice !== undefined) ledger.told.push({ ...promise, caseId: key.caseId, acceptedAt: now, notice });
  if (deed.change !== undefined) {
    const changed = applyChange(ledger.restrictions, deed.change, now);
    if (!isDeepStrictEqual(changed, ledger.restrictions)) ledger.version += 1;
    ledger.restrictions = changed;
  }
  if (givesBack(key)) ledger.liftedAt = now;
  for (const undone of undoneBy(ledger, key))
    close(ledger, undone, { status: 'interrupted' }, `undone by ${effectName(key)}`, now);
  return outcome;
}

type Keeping = {
  readonly account: AccountId;
  readonly caseId: CaseId;
  readonly approvals: MemoryApprovals;
  readonly secret: string | null;
  readonly now: Instant;
};

function keepOrder(ledger: Ledger, order: OrderRecord, keeping: Keeping): Verdict | null {
  const { id, kind, reason, at, change } = order;
  const kept = ledger.orders.get(id);
  if (kept !== undefined) return kept;
  const examined = examineOrder(ledger, order, keeping);
  const { by, text } = asExamined(order, examined);
  const body = { kind, by, reason, text, caseId: keeping.caseId, ...refusedBody(order, examined) };
  ledger.audit.push({ kind: 'order', effect: `order/${id}`, body, at });
  const verdict = examined === null ? null : verdictOf(id, order.by, examined);
  ledger.orders.set(id, verdict);
  if (change === null) return verdict;
  if ('exemption' in change) ledger.exemption = change.exemption;
  else if ('immunity' in change) ledger.immunity = change.immunity;
  else if ('forgiven' in change) ledger.forgiven = change.forgiven;
  else if (examined !== null)
    keeping.approvals.decide(keeping.account, change.decision, examined, keeping.now);
  return verdict;
}

function examineOrder(
  { audit }: Ledger,
  { change, by, at }: OrderRecord,
  { account, approvals, secret }: Keeping,
): Examined | null {
  if (change === null || !('decision' in change)) return null;
  const { approval } = change.decision;
  const wrongCodes = audit.filter(({ body }) => body['wrongCodeFor'] === approval).length;
  return examine(
    change.decision,
    { by, at },
    { codes: approvals.codes(account, approval), wrongCodes, secret },
  );
}

function close(ledger: Ledger, effect: Effect, outcome: Outcome, evidence: string, now: Instant): void {
  const name = effectName(effect.key);
  ledger.effects.set(name, { ...effect, outcome });
  ledger.audit.push({ kind: 'outcome', effect: name, body: { status: outcome.status, evidence }, at: now });
}

const isFrozen = ({ frozen, isFrozenByFile }: GuardSettings) => frozen || isFrozenByFile();

const givesBack = ({ step }: EffectKey) => step === 'lift' || step === 'close';

const noticeOf = ({ notice, outcome }: Effect) =>
  notice === null || outcome?.status !== 'done'
    ? null
    : { topic: notice.topic, at: outcome.at, promises: notice.promises };

const openIn = (ledger: Ledger, caseId: CaseId): Effect[] =>
  [...ledger.effects.values()].filter(({ key, outcome }) => outcome === null && key.caseId === caseId);

const undoneBy = (ledger: Ledger, undoing: EffectKey): Effect[] =>
  openIn(ledger, undoing.caseId).filter(({ key }) => isUndoneBy(key.step, undoing.step));

const fenced = (account: AccountId, fence: number, newest: number | null) =>
  new PortError('FENCED', `claim ${fence} on account ${account} is out of date: the newest is ${newest}`);
