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
import type { Account, Accounts, Cases } from '../src/ports/cases.js';
import type { Claims } from '../src/ports/claims.js';
import type { Policies } from '../src/ports/policies.js';
import type { Snapshots } from '../src/ports/snapshots.js';

export type StandingDeps = {
  readonly accounts: Accounts;
  readonly billing: Billing;
  readonly cases: Cases;
  readonly claims: Claims;
  readonly policies: Policies;
  readonly snapshots: Snapshots;
};

/**
 * `rules`: the case is to go by the policy of today, and not by the one it began with · `reach`: it waits for somebody whom
 * it can tell · `reminded`: so many notices it knows to have gone out.
 */
export type FactsRequest = {
  readonly account: AccountId;
  readonly caseId: CaseId | null;
  readonly rules?: true;
  readonly reach?: true;
  readonly reminded?: number;
};

/**
 * What we know ourselves. `beginning` is there when the run knows no case yet: what it takes over, and the policy it goes
 * by; and when the policy of today was asked for. `blind`: whose rules they are could not be told without Stripe.
 */
export type OwnFacts = {
  readonly tracks: BriefTracks;
  readonly beginning: {
    readonly openCase: CaseFile | null;
    /** What was agreed on in the last case, and outlived it. */
    readonly agreement?: Agreement;
    readonly policy: BriefPolicy;
    readonly policyVersion: PolicyVersion;
    readonly blind?: true;
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
  type Beginning = NonNullable<OwnFacts['beginning']>;

  /** What a case goes by that begins now, or that is to go by the rules of today. */
  async function rulesOf(account: Account, asksBilling: boolean) {
    const ask = asksBilling ? () => billing.readTraits(account.customers) : null;
    const { version, policy, blind } = await policies.choose(account, ask);
    return { policy: briefPolicy(policy), policyVersion: version, ...(blind && { blind }) };
  }

  /** The policy of the account's open case, which keeps the version it began with; else the current one. */
  async function begin(account: Account, asksBilling: boolean): Promise<Beginning> {
    const { id, ref, name } = account;
    const named = { ref, name };
    const openCase = await cases.open(id);
    if (openCase === null) {
      const agreement = await cases.lastAgreement(id);
      const rules = await rulesOf(account, asksBilling);
      return { openCase, ...(agreement !== null && { agreement }), ...rules, named };
    }
    const policy = await policies.read(openCase.policyVersion);
    return { openCase, policy: briefPolicy(policy), policyVersion: openCase.policyVersion, named };
  }

  type Known = Pick<FactsRequest, 'caseId' | 'reach' | 'reminded'>;
  async function tracksOf(
    { id, contacts }: Account,
    { caseId, reach, reminded = 0 }: Known,
  ): Promise<Tracks> {
    const kept = await snapshots.standing(id);
    const reachable = reach === true && contacts.length > 0;
    const { lastNotice, ...tracks } = await claims.tracks(id, caseId);
    // What the case knows already need not stand in its history once more.
    const unheard = lastNotice !== null && lastNotice.round > reminded ? lastNotice : null;
    return { ...tracks, lastNotice: unheard, resourcesOff: kept.length > 0, reachable };
  }

  async function ownFactsOf(
    account: Account,
    { caseId, rules, ...asked }: FactsRequest,
    asksBilling: boolean,
  ): Promise<OwnFacts> {
    const beginning = caseId === null ? await begin(account, asksBilling) : null;
    const { openCase = null } = beginning ?? {};
    const known = {
      reminded: openCase?.rounds.remind ?? 0,
      ...asked,
      caseId: caseId ?? openCase?.id ?? null,
    };
    const tracks = briefTracks(await tracksOf(account, known));
    if (rules !== true || caseId === null) return { tracks, beginning };
    const { ref, name } = account;
    return {
      tracks,
      beginning: { openCase: null, ...(await rulesOf(account, asksBilling)), named: { ref, name } },
    };
  }

  return {
    /**
     * Reads everything that `advance` needs, the standing fresh from Stripe over all the account's customers. Only reads,
     * so it can be repeated. Fails with `BILLING_UNAVAILABLE` (retried) and `UNKNOWN_ACCOUNT` (final).
     */
    async readFacts(request: FactsRequest): Promise<AccountFacts> {
      const account = await accounts.read(request.account);
      const own = await ownFactsOf(account, request, true);
      return { standing: briefStanding(await billing.readStanding(account.customers, account.ref)), ...own };
    },

    /** The same without Stripe, for an order that must not wait for it. Fails with `UNKNOWN_ACCOUNT` (final). */
    async readOwnFacts(request: FactsRequest): Promise<OwnFacts> {
      return ownFactsOf(await accounts.read(request.account), request, false);
    },
  };
}
