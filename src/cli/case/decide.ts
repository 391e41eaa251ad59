import type { Command } from 'commander';
import { signatureOf } from '../signature.js';
import { CommandFailure } from '../output.js';
import { give, orderCommand, signed, type OrderFlags } from './order.js';

type DecideFlags = OrderFlags & { readonly plan: string };

// The hash's own first eight characters, at least: what was approved must be what is deleted.
const planName = /^([0-9a-f]{8,64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** `forbear case approve`. */
export function approveCommand(): Command {
  return decisionCommand('approve', 'allow the deletion that waits for approval', 'Approved.');
}

/** `forbear case reject`. */
export function rejectCommand(): Command {
  return decisionCommand('reject', 'refuse the deletion that waits for approval', 'Rejected.');
}

function decisionCommand(kind: 'approve' | 'reject', description: string, done: string): Command {
  const command = orderCommand(kind, description).requiredOption(
    '--plan <hash>',
    'the plan you have read: the first eight characters of its hash, from the mail or `case show`',
  );
  return signed(command).action(async (word: string, flags: DecideFlags) => {
    if (!planName.test(flags.plan))
      throw new CommandFailure(
        'usage',
        `--plan ${flags.plan}: give at least eight characters of the plan's hash`,
      );
    const input = { ...signatureOf(flags), plan: flags.plan };
    await give(word, { kind, input }, done, flags);
  });
}
