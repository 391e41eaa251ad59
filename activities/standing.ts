import type { Agreement } from '../src/domain/agreement.js';
import {
  briefPolicy,
  briefStanding,
  briefTracks,
  type BriefPolicy,
  type BriefStanding,
  type BriefTracks,
} from '../src/domain/brief.js';
import type { CaseFile } from '../src/domain/case-file.js';
import type { AccountId, CaseId, PolicyVersion } from '../src/domain/ids.js';
import type { Tracks } from '../src/domain/witness.js';
import type { Billing } from '../src/ports/billing.js';
import type { Account, Accounts, Cases, Policies } from '../src/ports/cases.js';
import type { Claims } from '../src/ports/claims.js';
import type { Snapshots } from '../src/ports/snapshots.js';

export type StandingDeps = {
  readonly accounts: Accounts;
  readonly billing: Billing;
  readonly cases: Cases;
  readonly claims: Claims;
  readonly policies: Policies;
  readonly snapshots: Snapshots;
};

export type FactsRequest = { readonly account: AccountId; readonly caseId: CaseId | null };

/**
 * What we know ourselves. `beginning` is there only when the run knows no case yet: what it takes over, and the policy it
 * goes by.
 */
export type OwnFacts = {
  readonly tracks: BriefTracks;
  readonly beginning: {
    readonly openCase: CaseFile | null;
    /** What was agreed on in the last case, and outlived it. */
    readonly agreement?: Agreement;
    readonly policy: BriefPolicy;
    readonly policyVersion: PolicyVersion;
    readonly named: { readonly ref: string; readonly name: string };
  } | null;
};

export type AccountFacts = OwnFacts & { readonly standing: BriefStanding };

export function createStandingActivities({
  accounts,
  billing,
  cases,
  claims,
  policies,
  snapshots,
}: StandingDeps) {
  /** The policy of the account's open case, which keeps the version it began with; else the current one. */
  async function begin({ id, ref, name }: Account): Promise<NonNullable<OwnFacts['beginning']>> {
    const named = { ref, name };
    const openCase = await cases.open(id);
    if (openCase === null) {
      const { version, policy } = await policies.current();
      const agreement = await cases.lastAgreement(id);
      return {
        openCase,
        ...(agreement !== null && { agreement }),
        policy: briefPolicy(policy),
        policyVersion: version,
        named,
      };
    }
    const policy = await policies.read(openCase.policyVersion);
    return { openCase, policy: briefPolicy(policy), policyVersion: openCase.policyVersion, named };
  }

  async function tracksOf(account: AccountId, caseId: CaseId | null): Promise<Tracks> {
    const kept = await snapshots.standing(account);
    return { ...(await claims.tracks(account, caseId)), resourcesOff: kept.length > 0 };
  }

  async function ownFactsOf(account: Account, caseId: CaseId | null): Promise<OwnFacts> {
    const beginning = caseId === null ? await begin(account) : null;
    const known = caseId ?? beginning?.openCase?.id ?? null;
    return { tracks: briefTracks(await tracksOf(account.id, known)), beginning };
  }

  return {
    /**
     * Reads everything that `advance` needs, the standing fresh from Stripe over all the account's customers. Only reads,
     * so it can be repeated. Fails with `BILLING_UNAVAILABLE` (retried) and `UNKNOWN_ACCOUNT` (final).
     */
    async readFacts({ account: id, caseId }: FactsRequest): Promise<AccountFacts> {
      const account = await accounts.read(id);
      const own = await ownFactsOf(account, caseId);
      return { standing: briefStanding(await billing.readStanding(account.customers, account.ref)), ...own };
    },

    /** The same without Stripe, for an order that must not wait for it. Fails with `UNKNOWN_ACCOUNT` (final). */
    async readOwnFacts({ account, caseId }: FactsRequest): Promise<OwnFacts> {
      return ownFactsOf(await accounts.read(account), caseId);
    },
  };
}
