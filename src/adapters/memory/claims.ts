import { effectName, type EffectKey, type Outcome } from '../../domain/effect.js';
import type { AccountId } from '../../domain/ids.js';
import { judge, type Evidence } from '../../domain/judge.js';
import { accessUnder, type Access, type Restriction } from '../../domain/restrictions.js';
import type { Instant } from '../../domain/time.js';
import { applyChange } from '../../guard/change.js';
import { tracksOf } from '../../guard/tracks.js';
import type { Claim, ClaimRequest, Claims, Deed, NoticeRecord } from '../../ports/claims.js';
import { PortError } from '../../ports/errors.js';

export type AccessState = {
  readonly access: Access;
  readonly restrictions: readonly Restriction[];
  readonly version: number;
};

export type AuditLine = {
  readonly kind: 'intent' | 'outcome';
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
  readonly brakes: Pick<Evidence, 'mode' | 'frozen'>;
};

type Effect = { readonly key: EffectKey; readonly fence: number; readonly outcome: Outcome | null };
type Told = NoticeRecord & { readonly key: EffectKey; readonly acceptedAt: Instant };

type Ledger = {
  fence: number;
  version: number;
  liftedAt: Instant | null;
  restrictions: readonly Restriction[];
  readonly effects: Map<string, Effect>;
  readonly told: Told[];
  readonly audit: AuditLine[];
};

/**
 * Claims in memory, held to the same conformance suite as those on Postgres. The clock is read first; what follows
 * awaits nothing, so it is as atomic as a transaction. For tests and the simulator.
 */
export function createMemoryClaims({ clock, brakes }: MemoryClaimsOptions): MemoryClaims {
  const ledgers = new Map<AccountId, Ledger>();
  const ledgerOf = (account: AccountId): Ledger => {
    const known = ledgers.get(account) ?? newLedger();
    ledgers.set(account, known);
    return known;
  };
  return {
    claim: async (request) => claim(ledgerOf(request.key.account), request, brakes, await clock()),
    settle: async (key, fence, deed) => settle(ledgerOf(key.account), key, fence, deed, await clock()),
    async checkFence(account, fence) {
      await Promise.resolve();
      const newest = ledgers.get(account)?.fence ?? null;
      if (newest !== fence) throw fenced(account, fence, newest);
    },
    async unsettledPause(account, caseId) {
      await Promise.resolve();
      return undoneOf(ledgerOf(account), caseId).find(({ key }) => key.step === 'pause')?.key.round ?? null;
    },
    async tracks(account, caseId) {
      await Promise.resolve();
      const { effects, restrictions } = ledgerOf(account);
      const settled = [...effects.values()].filter(
        ({ key, outcome }) => key.caseId === caseId && outcome !== null,
      );
      return tracksOf(
        settled.map(({ key }) => key),
        restrictions,
      );
    },
    access: (account) => {
      const { restrictions, version } = ledgerOf(account);
      return { access: accessUnder(restrictions), restrictions, version };
    },
    audit: (account) => [...ledgerOf(account).audit],
  };
}

const newLedger = (): Ledger => ({
  fence: 0,
  version: 0,
  liftedAt: null,
  restrictions: [],
  effects: new Map(),
  told: [],
  audit: [],
});

function claim(
  ledger: Ledger,
  request: ClaimRequest,
  brakes: MemoryClaimsOptions['brakes'],
  now: Instant,
): Claim {
  const { key, standing, policy, change, reason } = request;
  const effect = effectName(key);
  const known = ledger.effects.get(effect);
  if (known?.outcome) return { status: 'done', outcome: known.outcome };

  const notice = lastWarning(ledger, key);
  const { liftedAt } = ledger;
  const judgement = judge({ step: key.step, now, ...brakes, standing, policy, notice, liftedAt });
  if (judgement.ruling === 'void') return { status: 'void' };
  if (judgement.ruling === 'hold')
    return { status: 'held', reason: judgement.reason, until: judgement.until };

  const restrictions = applyChange(ledger.restrictions, change, now);
  if (JSON.stringify(restrictions) !== JSON.stringify(ledger.restrictions)) ledger.version += 1;
  ledger.restrictions = restrictions;
  ledger.fence += 1;
  if (givesBack(key)) ledger.liftedAt = now;
  ledger.effects.set(effect, { key, fence: ledger.fence, outcome: null });
  if (known === undefined) {
    const body = { reason, standingReadAt: standing?.readAt ?? null, restrictions };
    ledger.audit.push({ kind: 'intent', effect, body, at: now });
  }
  return { status: 'granted', fence: ledger.fence };
}

function settle(
  ledger: Ledger,
  key: EffectKey,
  fence: number,
  { evidence, notice, caveat }: Deed,
  now: Instant,
): Outcome {
  const known = ledger.effects.get(effectName(key));
  if (known?.outcome) return known.outcome;
  if (known?.fence !== fence) throw fenced(key.account, fence, known?.fence ?? null);
  const outcome: Outcome = { status: 'done', at: now, ...(caveat !== undefined && { caveat }) };
  close(ledger, known, outcome, evidence, now);
  if (notice !== undefined) ledger.told.push({ ...notice, key, acceptedAt: now });
  if (givesBack(key)) {
    ledger.liftedAt = now;
    for (const undone of undoneOf(ledger, key.caseId)) {
      close(ledger, undone, { status: 'interrupted' }, `undone by ${effectName(key)}`, now);
    }
  }
  return outcome;
}

function close(ledger: Ledger, effect: Effect, outcome: Outcome, evidence: string, now: Instant): void {
  const name = effectName(effect.key);
  ledger.effects.set(name, { ...effect, outcome });
  ledger.audit.push({ kind: 'outcome', effect: name, body: { status: outcome.status, evidence }, at: now });
}

const givesBack = ({ step }: EffectKey) => step === 'lift' || step === 'close';

const undoneOf = (ledger: Ledger, caseId: EffectKey['caseId']): Effect[] =>
  [...ledger.effects.values()].filter(({ key, outcome }) => key.caseId === caseId && outcome === null);

/** The pause date that was named last, with the earliest notice that named just this date: the lead counts from there. */
function lastWarning({ told }: Ledger, { caseId }: EffectKey): Evidence['notice'] {
  const warnings = told
    .flatMap(({ key, promise, acceptedAt }) =>
      promise !== null && key.caseId === caseId
        ? [{ round: key.round, promisedAt: promise.at, acceptedAt }]
        : [],
    )
    .sort((a, b) => a.round - b.round);
  const promisedAt = warnings.at(-1)?.promisedAt;
  const first = warnings.find((warning) => warning.promisedAt === promisedAt);
  return first === undefined ? null : { promisedAt: first.promisedAt, acceptedAt: first.acceptedAt };
}

const fenced = (account: AccountId, fence: number, newest: number | null) =>
  new PortError('FENCED', `claim ${fence} on account ${account} is out of date: the newest is ${newest}`);
