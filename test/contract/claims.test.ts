import { describe, expect, it } from 'vitest';
import { createMemoryClaims } from '../../src/adapters/memory/claims.js';
import { asAccountId } from '../../src/domain/ids.js';
import type { Claims } from '../../src/ports/claims.js';
import { aCase, claimsKeepTheirWord, type ClaimsWorld } from '../support/claims.js';

type Brakes = Parameters<ClaimsWorld['braked']>[0];

function memoryWorld(): ClaimsWorld {
  let brakes: Brakes = { mode: 'enforce', frozen: false };
  const enforce = brakes;
  const memory = createMemoryClaims({
    clock: Date.now,
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
    braked: under,
    newAccount: () => Promise.resolve(asAccountId(crypto.randomUUID())),
    now: () => Promise.resolve(Date.now()),
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
