import { describe, expect, it } from 'vitest';
import { createMemoryApprovals } from '../../src/adapters/memory/approvals.js';
import { createMemoryBreakers } from '../../src/adapters/memory/breakers.js';
import { createMemoryCases } from '../../src/adapters/memory/cases.js';
import { createMemoryClaims } from '../../src/adapters/memory/claims.js';
import { createMemoryDeletions } from '../../src/adapters/memory/deletions.js';
import { createMemoryGrants } from '../../src/adapters/memory/grants.js';
import { createMemorySnapshots } from '../../src/adapters/memory/snapshots.js';
import { breakerKinds, rehearsalBreakers, type Census } from '../../src/domain/breaker.js';
import { asAccountId, type AccountId, type CaseId } from '../../src/domain/ids.js';
import type { GuardSettings } from '../../src/guard/brakes.js';
import { casesKeepTheirWord } from '../support/cases.js';
import { aCase, linkSecret, type ClaimsWorld } from '../support/claims-case.js';
import { claimsKeepTheirWord } from '../support/claims.js';
import { caseFileOf } from '../support/facts.js';
import { deletionsKeepTheirWord, snapshotsKeepTheirWord } from '../support/keeping.js';

const newAccount = () => Promise.resolve(asAccountId(crypto.randomUUID()));

function memoryWorld(): ClaimsWorld {
  const unbraked: GuardSettings = {
    mode: 'enforce',
    frozen: false,
    isFrozenByFile: () => false,
    breakers: rehearsalBreakers,
  };
  // No two moments are the same, as on Postgres, where every claim is a transaction.
  let [last, shiftMs] = [0, 0];
  const clock = () => (last = Math.max(Date.now() + shiftMs, last + 1));
  const approvals = createMemoryApprovals();
  const grants = createMemoryGrants();
  const traits = new Map<AccountId, { country: string | null; plan: string | null }>();
  let census: Census = { paying: 1, countries: {}, plans: {}, forecast: { hour: 0, day: 0 } };
  const breakers = createMemoryBreakers({
    census: () => census,
    traitsOf: (account) => traits.get(account) ?? { country: null, plan: null },
  });
  let worn = unbraked;
  const closed = new Set<CaseId>();
  const memory = createMemoryClaims({
    clock,
    isCaseClosed: (caseId) => closed.has(caseId),
    approvals,
    grants,
    breakers,
    linkSecret,
    settings: {
      get mode() {
        return worn.mode;
      },
      get frozen() {
        return worn.frozen;
      },
      get breakers() {
        return worn.breakers;
      },
      isFrozenByFile: () => worn.isFrozenByFile(),
    },
  });
  const wearing =
    <A extends unknown[], R>(settings: Partial<GuardSettings>, work: (...given: A) => Promise<R>) =>
    (...given: A) => {
      worn = { ...unbraked, ...settings };
      return work(...given).finally(() => (worn = unbraked));
    };
  return {
    claims: memory,
    approvals,
    braked: (settings) => ({
      ...memory,
      claim: wearing(settings, memory.claim),
      checkFence: wearing(settings, memory.checkFence),
    }),
    newAccount: async ({ country = null, plan = null } = {}) => {
      const account = await newAccount();
      traits.set(account, { country, plan });
      return account;
    },
    closeCase: async (account, caseId) => {
      closed.add(caseId);
      const file = { ...caseFileOf(), id: caseId, account, openedAt: clock(), closedAt: clock() };
      await createMemoryCases(memory.endWithCase).save(file, null, clock());
    },
    brakes: {
      reset: () => {
        for (const kind of breakerKinds) breakers.release(kind, clock());
        return Promise.resolve();
      },
      count: ({ paying, countries = {}, plans = {}, forecast = 0 }) => {
        census = { paying, countries, plans, forecast: { hour: forecast, day: forecast } };
        return Promise.resolve();
      },
      release: (kind) => Promise.resolve(breakers.release(kind, clock())),
      allow: (kind, count, until) => Promise.resolve(breakers.allow(kind, count, until)),
      tripped: (kind) => Promise.resolve(breakers.tripped(kind)?.cause ?? null),
    },
    now: () => Promise.resolve(clock()),
    wait: (ms) => {
      shiftMs += ms;
      last += ms;
      return Promise.resolve();
    },
    grantService: (account, until) => Promise.resolve(grants.grant(account, until)),
    endGrant: (account) => Promise.resolve(grants.end(account)),
    bounce: (messageId, recipient) => Promise.resolve(memory.noteBounce(messageId, recipient)),
    access: (account) => Promise.resolve(memory.access(account)),
    audit: (account) => Promise.resolve(memory.audit(account)),
  };
}

describe('claims in memory', () => {
  claimsKeepTheirWord(memoryWorld);

  it('EC-11 grants twenty claims of one key at once with twenty fences and one intent', async () => {
    const { grant, audit } = await aCase(memoryWorld());
    const fences = await Promise.all(Array.from({ length: 20 }, () => grant('remind')));
    expect(new Set(fences).size).toBe(20);
    expect(await audit()).toHaveLength(1);
  });
});

describe('deletions in memory', () => {
  deletionsKeepTheirWord(() => ({ port: createMemoryDeletions(), newAccount }));
});

describe('snapshots in memory', () => {
  snapshotsKeepTheirWord(() => ({ port: createMemorySnapshots(), newAccount }));
});

describe('cases in memory', () => {
  casesKeepTheirWord(() => {
    const cases = createMemoryCases();
    return {
      cases,
      newAccount,
      billingStatus: (account) => Promise.resolve(cases.billingStatus(account)),
    };
  });
});
