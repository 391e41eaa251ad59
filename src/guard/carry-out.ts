import type { Outcome } from '../domain/effect.js';
import type { Access } from '../domain/restrictions.js';
import type { Account } from '../ports/cases.js';
import type { ClaimRequest, Claims, Deed } from '../ports/claims.js';

/**
 * What an act is given: `check` is to be called before each call on the world, and throws `FENCED` when this try is out of
 * date; `fence` is the number of its claim, for whoever acts on its orders; `access` is what is left to the account.
 */
export type Licence = {
  readonly check: () => Promise<void>;
  readonly fence: number;
  readonly access: Access;
};

/** An account as an act under a claim holds it. */
export type ClaimedAccount = Account & { readonly fence: number };

/**
 * The shape of every effect: judge and claim, act, keep the outcome. `act` is run by every try until one has settled, so
 * it must be safe to repeat.
 */
export async function carryOut(
  claims: Claims,
  request: ClaimRequest,
  act: (licence: Licence) => Promise<Deed | Outcome>,
): Promise<Outcome> {
  const { key } = request;
  const claim = await claims.claim(request);
  switch (claim.status) {
    case 'done':
      return claim.outcome;
    case 'void':
      return { status: 'not_owed' };
    case 'held':
      return { status: 'held', reason: claim.reason, until: claim.until };
    case 'granted': {
      const { fence, access } = claim;
      const result = await act({ check: () => claims.checkFence(key, fence), fence, access });
      // An act may find out that it can't be done as it was meant; it stays open, and is decided anew.
      return 'status' in result ? result : claims.settle(key, fence, result);
    }
  }
}
