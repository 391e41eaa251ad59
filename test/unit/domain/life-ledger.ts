import type { CaseFile } from '../../../src/domain/case-file.js';
import type { Act, AskedApproval, Outcome } from '../../../src/domain/effect.js';
import { fallbackAfter, fallbackChangeOf } from '../../../src/domain/fallback.js';
import { asApprovalId, type ApprovalId, type CaseId, type InvoiceId } from '../../../src/domain/ids.js';
import type { Evidence, judge, Judgement } from '../../../src/domain/judge.js';
import type { NoticePromise } from '../../../src/domain/notice.js';
import type { OrderRecord } from '../../../src/domain/orders.js';
import type { FallbackPlan, Policy } from '../../../src/domain/policy.js';
import { accessUnder, type Access, type Restriction } from '../../../src/domain/restrictions.js';
import type { Standing } from '../../../src/domain/standing.js';
import type { Instant } from '../../../src/domain/time.js';
import type { Tracks } from '../../../src/domain/witness.js';
import { applyChange } from '../../../src/guard/change.js';
import { tracksOf } from '../../../src/guard/tracks.js';
import { warningOf, type PromiseRecord } from '../../../src/guard/warning.js';
import type { RestrictionChange } from '../../../src/ports/claims.js';

type Effect = { readonly caseId: CaseId; readonly act: Act; outcome: Outcome | null };
type Asked = AskedApproval & { approved: boolean | null };

/** What stands of an account: claims, restrictions, promises, approvals. As the guard keeps it, without a database. */
export type Ledger = {
  readonly effects: Map<string, Effect>;
  readonly promises: (PromiseRecord & { readonly caseId: CaseId })[];
  readonly approvals: Map<ApprovalId, Asked>;
  readonly orders: Set<string>;
  restrictions: readonly Restriction[];
  fallback: FallbackPlan | null;
  exemption: Evidence['exemption'];
  immunity: Evidence['immunity'];
  forgiven: readonly InvoiceId[];
  liftedAt: Instant | null;
  resourcesOff: boolean;
};

export const newLedger = (): Ledger => ({
  effects: new Map(),
  promises: [],
  approvals: new Map(),
  orders: new Set(),
  restrictions: [],
  fallback: null,
  exemption: null,
  immunity: null,
  forgiven: [],
  liftedAt: null,
  resourcesOff: false,
});

export const effectOf = (ledger: Ledger, file: CaseFile, act: Act) => ledger.effects.get(nameOf(file, act));
const nameOf = (file: CaseFile, { step, round }: Act) => `${file.id}/${step}/${round}`;

export function readTracks(ledger: Ledger, caseId: CaseId, granted: boolean): Tracks {
  const effects = [...ledger.effects.values()].filter((effect) => effect.caseId === caseId);
  return {
    ...tracksOf(
      effects.map(({ act, outcome }) => ({
        ...act,
        settled: outcome !== null,
        notice:
          act.step === 'remind' && outcome?.status === 'done'
            ? { topic: act.topic, at: outcome.at, promises: act.promises }
            : null,
      })),
      { ...ledger, granted },
    ),
    resourcesOff: ledger.resourcesOff,
    undelivered: [],
    reachable: false,
  };
}

export type Circumstances = {
  readonly standing: Standing;
  readonly policy: Policy;
  readonly now: Instant;
  readonly frozen: boolean;
  readonly granted: boolean;
};

export function rule(
  ledger: Ledger,
  file: CaseFile,
  act: Act,
  { standing, policy, now, frozen }: Circumstances,
  judging: typeof judge,
): Judgement {
  const asked = act.step === 'decommission' ? ledger.approvals.get(act.approval) : undefined;
  const ofCase = ledger.promises.filter(({ caseId }) => caseId === file.id);
  return judging({
    step: act.step,
    topic: act.step === 'remind' ? act.topic : null,
    now,
    mode: 'enforce',
    frozen,
    sightedAt: now,
    standing: act.step === 'lift' ? null : standing,
    anchorAt: act.step === 'remind' && act.topic === 'confirm' ? null : file.anchorAt,
    terms: { forgiven: ledger.forgiven, agreement: file.agreement },
    exemption: ledger.exemption,
    immunity: ledger.immunity,
    policy,
    liftedAt: ledger.liftedAt,
    notice: warningOf(ofCase, act.step, ledger.liftedAt),
    approval: asked === undefined ? null : asked,
  });
}

/** What a claim changes at once. */
export function claim(ledger: Ledger, file: CaseFile, act: Act, circumstances: Circumstances): void {
  const { now } = circumstances;
  const { exemption, forgiven } = ledger;
  const terms = { forgiven, agreement: file.agreement };
  ledger.effects.set(nameOf(file, act), { caseId: file.id, act, outcome: null });
  ledger.restrictions = applyChange(ledger.restrictions, changeOf(act), now);
  const evidence = { ...circumstances, step: act.step, mode: 'enforce' as const, exemption, terms };
  ledger.fallback = fallbackAfter(ledger.fallback, fallbackChangeOf(act), evidence);
  if (act.step === 'lift' || act.step === 'close') ledger.liftedAt = now;
  if (isOff(ledger)) ledger.resourcesOff = true;
}

const isOff = ({ restrictions }: Ledger) => {
  const off: readonly Access[] = ['suspended', 'decommissioned'];
  return off.includes(accessUnder(restrictions));
};

function changeOf(act: Act): RestrictionChange | null {
  const owner = 'forbear';
  const impose = (reason: Restriction['reason'], access: Access) => ({
    reason,
    access,
    owner,
    evidence: act.step,
  });
  switch (act.step) {
    case 'remind':
      return act.topic === 'confirm' ? null : { impose: impose('nonpayment', 'grace_period') };
    case 'limit':
      return { impose: impose('nonpayment', 'read_only') };
    case 'pause':
      return { impose: impose('nonpayment', 'suspended') };
    case 'decommission':
      return { impose: impose('nonpayment', 'decommissioned') };
    case 'restrict':
      return { lift: ['manual'], impose: impose('manual', act.access) };
    case 'unrestrict':
      return { lift: ['manual'] };
    case 'lift':
      if (act.from === 'fallback') return null;
      return act.leaves === 'ended'
        ? { lift: ['nonpayment'], impose: impose('ended', 'suspended') }
        : { lift: ['nonpayment', 'ended'] };
    case 'close':
      return { lift: ['nonpayment'] };
    case 'ask':
    case 'retry':
      return null;
  }
}

export type Done = Extract<Outcome, { status: 'done' }>;
type Ended = Pick<Done, 'at' | 'untold' | 'caveat'> & { readonly policy: Policy };

/** Keeps the outcome of what was done, and what was told with it. */
export function settle(ledger: Ledger, file: CaseFile, act: Act, { policy, ...ended }: Ended): Done {
  const asked = act.step === 'ask' ? { approval: ask(ledger, ended.at, policy) } : {};
  const outcome: Done = { status: 'done', ...ended, ...asked };
  ledger.effects.set(nameOf(file, act), { caseId: file.id, act, outcome });
  if (ended.untold !== true) {
    const named = promisesIn(act).map((promise) => ({ ...promise, caseId: file.id, acceptedAt: ended.at }));
    ledger.promises.push(...named);
  }
  if (act.step === 'lift' || act.step === 'close') {
    ledger.liftedAt = ended.at;
    for (const effect of ledger.effects.values()) {
      if (effect.caseId === file.id) effect.outcome ??= { status: 'interrupted' };
    }
  }
  if ((act.step === 'lift' || act.step === 'unrestrict') && !isOff(ledger)) ledger.resourcesOff = false;
  return outcome;
}

function ask(ledger: Ledger, at: Instant, { decommission }: Policy): AskedApproval {
  const id = asApprovalId(`approval-${ledger.approvals.size + 1}`);
  const expiresAt = at + (decommission?.approvalMs ?? 0);
  const asked = { id, planHash: `hash-of-${id}`, summary: '2 deployments', expiresAt };
  ledger.approvals.set(id, { ...asked, approved: null });
  return asked;
}

export function promisesIn(act: Act): readonly NoticePromise[] {
  return act.step === 'remind' || act.step === 'limit' || act.step === 'pause' ? act.promises : [];
}

/** Keeps a person's order, and what the guard has to know of it. */
export function keepOrder(ledger: Ledger, { id, change }: OrderRecord): void {
  if (ledger.orders.has(id)) return;
  ledger.orders.add(id);
  if (change === null) return;
  if ('exemption' in change) ledger.exemption = change.exemption;
  else if ('immunity' in change) ledger.immunity = change.immunity;
  else if ('forgiven' in change) ledger.forgiven = change.forgiven;
  else {
    const asked = ledger.approvals.get(change.decision.approval);
    if (asked !== undefined) asked.approved ??= change.decision.approved;
  }
}
