import type { Command } from 'commander';
import { signatureOf } from '../signature.js';
import { give, orderCommand, signed, type OrderFlags } from './order.js';

/** `forbear case recheck`. */
export function recheckCommand(): Command {
  const command = orderCommand('recheck', 'look at Stripe now, also for an account without a case');
  return signed(command).action(async (word: string, flags: OrderFlags) => {
    await give(word, { kind: 'recheck', input: signatureOf(flags) }, 'Looked at Stripe.', flags);
  });
}
