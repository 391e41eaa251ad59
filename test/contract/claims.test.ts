import { describe, expect, it } from 'vitest';
import { createMemoryApprovals } from '../../src/adapters/memory/approvals.js';
import { createMemoryCases } from '../../src/adapters/memory/cases.js';
import { createMemoryClaims } from '../../src/adapters/memory/claims.js';
import { createMemoryDeletions } from '../../src/adapters/memory/deletions.js';
import { createMemoryGrants } from '../../src/adapters/memory/grants.js';
import { createMemorySnapshots } from '../../src/adapters/memory/snapshots.js';
import { asAccountId } from '../../src/domain/ids.js';
import type { Brakes } from '../../src/domain/judge.js';
import type { Claims } from '../../src/ports/claims.js';
import { casesKeepTheirWord } from '../support/cases.js';
import { aCase, linkSecret, type ClaimsWorld } from '../support/claims-case.js';
import { claimsKeepTheirWord } from '../support/claims.js';
import { deletionsKeepTheirWord, snapshotsKeepTheirWord } from '../support/keeping.js';

const newAccount = () => Promise.resolve(asAccountId(crypto.randomUUID()));

function memoryWorld(): ClaimsWorld {
  let brakes: Brakes = { mode: 'enforce', frozen: false };
  const enforce = brakes;
  // No two moments are the same, as on Postgres, where every claim is a transaction.
  let [last, shiftMs] = [0, 0];
  const clock = () => (last = Math.max(Date.now() + shiftMs, last + 1));
  const approvals = createMemoryApprovals();
  const grants = createMemoryGrants();
  const memory = createMemoryClaims({
    clock,
    approvals,
    grants,
    linkSecret,
    brakes: {
      get mode() {
        return brakes.mode;
      },
      get frozen() {
        return brakes.frozen;
      },
    },
  });
  const under = (worn: Brakes): Claims => ({
    ...memory,
    claim: (request) => {
      brakes = worn;
      return memory.claim(request).finally(() => (brakes = enforce));
    },
  });
  return {
    claims: memory,
    approvals,
    braked: under,
    newAccount,
    now: () => Promise.resolve(clock()),
    wait: (ms) => {
      shiftMs += ms;
      last += ms;
      return Promise.resolve();
    },
    grantService: (account, until) => Promise.resolve(grants.grant(account, until)),
    endGrant: (account) => Promise.resolve(grants.end(account)),
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
