import type { Command } from 'commander';
import { readDate, readDays } from '../dates.js';
import { CommandFailure } from '../output.js';
import { signatureOf } from '../signature.js';
import { give, orderCommand, signed, type OrderFlags } from './order.js';

type ExtendFlags = OrderFlags & { readonly days?: string; readonly until?: string };

/** `forbear case extend`. */
export function extendCommand(): Command {
  const command = orderCommand('extend', 'give more time: every step that is still to come moves')
    .option('--days <days>', 'by this many days')
    .option('--until <date>', 'so that the next step happens then, such as 2026-12-01T09:00:00Z');
  return signed(command).action(extend);
}

async function extend(word: string, flags: ExtendFlags): Promise<void> {
  const { days, until } = flags;
  if ((days === undefined) === (until === undefined))
    throw new CommandFailure('usage', 'give either --days or --until');
  const input = {
    ...signatureOf(flags),
    ...(days !== undefined && { days: readDays('--days', days) }),
    ...(until !== undefined && { until: readDate('--until', until) }),
  };
  await give(word, { kind: 'extendGrace', input }, 'Grace extended.', flags);
}
