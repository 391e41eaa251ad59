import { Option, type Command } from 'commander';
import { manualAccess } from '../../domain/effect.js';
import type { RestrictInput } from '../../../workflows/messages.js';
import { readDate } from '../dates.js';
import { signatureOf } from '../signature.js';
import { give, orderCommand, signed, type OrderFlags } from './order.js';

type RestrictFlags = OrderFlags & { readonly access: RestrictInput['access']; readonly until?: string };

/** `forbear case restrict`. */
export function restrictCommand(): Command {
  const access = new Option('--access <access>', 'what is left to it').choices(manualAccess);
  const command = orderCommand('restrict', 'restrict an account by hand, whatever it owes or pays')
    .addOption(access.makeOptionMandatory())
    .option('--until <date>', 'given back then, such as 2026-12-31T00:00:00Z (default: when you lift it)');
  return signed(command).action(restrict);
}

async function restrict(word: string, flags: RestrictFlags): Promise<void> {
  const { access, until } = flags;
  const input = {
    ...signatureOf(flags),
    access,
    ...(until !== undefined && { until: readDate('--until', until) }),
  };
  await give(word, { kind: 'restrict', input }, `It becomes ${access} by hand.`, flags);
}
