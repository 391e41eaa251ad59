import type { CaseFile, Exemption, Immunity } from '../../src/domain/case-file.js';
import type { Act, AskedApproval, Outcome } from '../../src/domain/effect.js';
import { asApprovalId, type ApprovalId, type CaseId, type InvoiceId } from '../../src/domain/ids.js';
import type { EnforcementMode, Evidence } from '../../src/domain/judge.js';
import type { NoticePromise } from '../../src/domain/notice.js';
import type { OrderRecord } from '../../src/domain/orders.js';
import type { FallbackPlan, Policy } from '../../src/domain/policy.js';
import type { Access, Restriction } from '../../src/domain/restrictions.js';
import type { Standing } from '../../src/domain/standing.js';
import type { Instant } from '../../src/domain/time.js';
import type { PromiseRecord } from '../../src/guard/warning.js';
import type { RestrictionChange } from '../../src/ports/claims.js';
import type { Core } from './core.js';

export type Effect = {
  readonly caseId: CaseId;
  /** As it was claimed first, and once it is done, as it was done: a notice may have come to be about something else. */
  act: Act;
  readonly claimedAt: Instant;
  fence: number;
  outcome: Outcome | null;
  settledAt: Instant | null;
};

export type AuditLine = {
  readonly position: number;
  readonly kind: 'intent' | 'outcome' | 'order';
  readonly effect: string;
  readonly at: Instant;
};

type Asked = AskedApproval & { approved: boolean | null };

/** What the guard keeps of an account, without a database. */
export type Ledger = {
  fence: number;
  liftedAt: Instant | null;
  restrictions: readonly Restriction[];
  fallback: FallbackPlan | null;
  exemption: Exemption | null;
  immunity: Immunity | null;
  forgiven: readonly InvoiceId[];
  readonly effects: Effect[];
  readonly told: (PromiseRecord & { readonly caseId: CaseId })[];
  readonly orders: string[];
  readonly approvals: Map<ApprovalId, Asked>;
  readonly audit: AuditLine[];
};

export const newLedger = (): Ledger => ({
  fence: 0,
  liftedAt: null,
  restrictions: [],
  fallback: null,
  exemption: null,
  immunity: null,
  forgiven: [],
  effects: [],
  told: [],
  orders: [],
  approvals: new Map(),
  audit: [],
});

export function effectOf({ effects }: Ledger, caseId: CaseId, { step, round }: Act): Effect | null {
  for (let n = effects.length - 1; n >= 0; n -= 1) {
    const effect = effects[n];
    if (effect?.act.step === step && effect.act.round === round && effect.caseId === caseId) return effect;
  }
  return null;
}

type Ended = Effect & { readonly outcome: Outcome };

export const hasEnded = (effect: Effect | null): effect is Ended =>
  effect !== null && effect.outcome !== null;

/** What a claim is judged by besides what the ledger itself knows. */
export type Circumstances = {
  readonly now: Instant;
  readonly standing: Standing | null;
  readonly policy: Policy;
  readonly mode: EnforcementMode;
  readonly frozen: boolean;
  readonly sightedAt: Instant;
};

export function evidenceOf(
  core: Core,
  ledger: Ledger,
  file: CaseFile,
  act: Act,
  known: Circumstances,
): Evidence {
  const { now, standing, policy, mode, frozen, sightedAt } = known;
  const asked = act.step === 'decommission' ? ledger.approvals.get(act.approval) : undefined;
  const ofCase = ledger.told.filter(({ caseId }) => caseId === file.id);
  return {
    now,
    standing,
    policy,
    frozen,
    sightedAt,
    step: act.step,
    topic: act.step === 'remind' ? act.topic : null,
    mode,
    anchorAt: act.step === 'remind' && act.topic === 'confirm' ? null : file.anchorAt,
    terms: { forgiven: ledger.forgiven, agreement: file.agreement },
    exemption: ledger.exemption,
    immunity: ledger.immunity,
    liftedAt: ledger.liftedAt,
    notice: core.warningOf(ofCase, act.step, ledger.liftedAt),
    approval: asked ?? null,
  };
}

/** What a granted claim changes at once; a second one of the same effect only gets a higher fence. */
export function grant(core: Core, ledger: Ledger, file: CaseFile, act: Act, evidence: Evidence): Effect {
  const { now } = evidence;
  const begun = effectOf(ledger, file.id, act);
  ledger.restrictions = core.applyChange(ledger.restrictions, changeOf(act), now);
  const { step, standing, terms, exemption, policy, mode, frozen } = evidence;
  const known = { step, now, standing, terms, exemption, policy, mode, frozen, granted: false };
  ledger.fallback = core.fallbackAfter(ledger.fallback, core.fallbackChangeOf(act), known);
  ledger.fence += 1;
  if (givesBack(act)) ledger.liftedAt = now;
  if (begun !== null) {
    begun.fence = ledger.fence;
    return begun;
  }
  const effect: Effect = {
    caseId: file.id,
    act,
    claimedAt: now,
    fence: ledger.fence,
    outcome: null,
    settledAt: null,
  };
  ledger.effects.push(effect);
  note(core, ledger, 'intent', effect, now);
  return effect;
}

const givesBack = ({ step }: Act) => step === 'lift' || step === 'close';

function note(core: Core, { audit }: Ledger, kind: AuditLine['kind'], { caseId, act }: Effect, at: Instant) {
  core.append(audit, { position: audit.length + 1, kind, effect: `${caseId}/${act.step}/${act.round}`, at });
}

const impose = (reason: Restriction['reason'], access: Access, until: Instant | null = null) => ({
  impose: { reason, access, owner: 'forbear', evidence: '', ...(until !== null && { until }) },
});

function changeOf(act: Act): RestrictionChange | null {
  switch (act.step) {
    case 'remind':
      return act.topic === 'confirm' ? null : impose('nonpayment', 'grace_period');
    case 'limit':
      return impose('nonpayment', 'read_only');
    case 'pause':
      return impose('nonpayment', 'suspended');
    case 'decommission':
      return impose('nonpayment', 'decommissioned');
    case 'restrict':
      return impose('manual', act.access, act.until);
    case 'unrestrict':
      return { lift: ['manual'] };
    case 'lift':
      if (act.from === 'fallback') return null;
      return act.leaves === 'ended'
        ? { lift: ['nonpayment'], ...impose('ended', 'suspended') }
        : { lift: ['nonpayment', 'ended'] };
    case 'close':
      return { lift: ['nonpayment'] };
    case 'ask':
    case 'retry':
      return null;
  }
}

export type Ending = {
  readonly act: Act;
  readonly at: Instant;
  readonly untold: boolean;
  readonly caveat: string | null;
  readonly approval: AskedApproval | null;
};

/** Keeps how an effect ended, and what was told with it. */
export function settle(core: Core, ledger: Ledger, effect: Effect, ending: Ending): Outcome {
  const { act, at, untold, caveat, approval } = ending;
  effect.act = act;
  const outcome = core.outcomeOf(
    {
      evidence: '',
      ...(caveat !== null && { caveat }),
      ...(untold && { untold }),
      ...(approval !== null && { approval }),
    },
    at,
  );
  close(core, ledger, effect, outcome, at);
  if (!untold) {
    for (const promise of promisesIn(effect.act))
      ledger.told.push({ step: promise.step, at: promise.at, caseId: effect.caseId, acceptedAt: at });
  }
  if (givesBack(effect.act)) ledger.liftedAt = at;
  for (const other of ledger.effects) {
    const isOpen = other.outcome === null && other.caseId === effect.caseId;
    if (isOpen && core.isUndoneBy(other.act.step, effect.act.step))
      close(core, ledger, other, { status: 'interrupted' }, at);
  }
  return outcome;
}

/** A case has closed: what was claimed for it and never got done has ended. */
export function endWithCase(core: Core, ledger: Ledger, caseId: CaseId, at: Instant): void {
  for (const effect of ledger.effects)
    if (effect.outcome === null && effect.caseId === caseId)
      close(core, ledger, effect, { status: 'interrupted' }, at);
}

function close(core: Core, ledger: Ledger, effect: Effect, outcome: Outcome, at: Instant): void {
  effect.outcome = outcome;
  effect.settledAt = at;
  note(core, ledger, 'outcome', effect, at);
}

export const promisesIn = (act: Act): readonly NoticePromise[] =>
  act.step === 'remind' || act.step === 'limit' || act.step === 'pause' ? act.promises : [];

/** A request for the approval of a deletion; a repeat finds the first. */
export function ask(ledger: Ledger, caseId: CaseId, round: number, expiresAt: Instant): AskedApproval {
  const id = asApprovalId(`${caseId}/${round}`);
  const asked = ledger.approvals.get(id) ?? {
    id,
    planHash: `plan-of-${id}`,
    summary: 'all of it',
    expiresAt,
    approved: null,
  };
  ledger.approvals.set(id, asked);
  return { id, planHash: asked.planHash, summary: asked.summary, expiresAt: asked.expiresAt };
}

/** Keeps a person's order once, and what the guard has to know of it. */
export function keepOrder(core: Core, ledger: Ledger, { id, change, at }: OrderRecord): void {
  if (ledger.orders.includes(id)) return;
  ledger.orders.push(id);
  core.append(ledger.audit, { position: ledger.audit.length + 1, kind: 'order', effect: id, at });
  if (change === null) return;
  if ('exemption' in change) ledger.exemption = change.exemption;
  else if ('forgiven' in change) ledger.forgiven = change.forgiven;
  else if ('immunity' in change) ledger.immunity = change.immunity;
  else {
    const asked = ledger.approvals.get(change.decision.approval);
    if (asked !== undefined) asked.approved ??= change.decision.approved;
  }
}
