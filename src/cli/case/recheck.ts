import type { Command } from 'commander';
import { signatureOf } from '../signature.js';
import { give, orderCommand, type OrderFlags } from './order.js';

/** `forbear case recheck`. */
export function recheckCommand(): Command {
  return orderCommand('recheck', 'look at Stripe now, also for an account without a case', []).action(
    async (word: string, flags: OrderFlags) => {
      const input = signatureOf(flags);
      await give(word, { kind: 'recheck', input }, 'Looked at Stripe.', flags);
    },
  );
}
