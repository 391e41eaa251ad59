import type { ActOf, Charge, Outcome } from '../src/domain/effect.js';
import { carryOut } from '../src/guard/carry-out.js';
import { requestOf, type EffectOrder } from '../src/guard/order.js';
import type { Billing } from '../src/ports/billing.js';
import type { Accounts } from '../src/ports/cases.js';
import type { Policies } from '../src/ports/policies.js';
import type { Claims } from '../src/ports/claims.js';

export type PaymentDeps = {
  readonly accounts: Accounts;
  readonly billing: Billing;
  readonly claims: Claims;
  readonly policies: Policies;
};

export function createPaymentActivities({ accounts, billing, claims, policies }: PaymentDeps) {
  return {
    /**
     * Charges open invoices on the payment method that is new in the slot their subscription uses; each pair of invoice and
     * method once, however often it is tried. Fails with `BILLING_UNAVAILABLE` (retried), `BILLING_REFUSED`, `FENCED`.
     */
    async retryPayments(order: EffectOrder<ActOf<'retry'>>): Promise<Outcome> {
      const { act } = order;
      const policy = await policies.read(order.policyVersion);
      const account = await accounts.read(order.account);
      const standing = await billing.readStanding(account.customers, account.ref);
      const request = requestOf(order, policy, standing, null, 'the customer changed how he pays');
      return carryOut(claims, request, async ({ check }) => {
        const isStillNew = ({ invoice, method }: Charge) =>
          standing.invoices.some(({ id, untried }) => id === invoice && untried === method);
        const results: string[] = [];
        for (const charge of act.charges.filter(isStillNew)) {
          await check();
          results.push(`${charge.invoice} ${await billing.pay(charge, keyOf(charge))}`);
        }
        const evidence = results.length === 0 ? 'nothing new to charge' : results.join(', ');
        return { evidence, caveat: `on the new payment method: ${evidence}` };
      });
    },
  };
}

const keyOf = ({ invoice, method }: Charge) => `forbear/${invoice}/${method}`;
