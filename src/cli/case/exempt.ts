import type { Command } from 'commander';
import type { ExemptInput } from '../../../workflows/messages.js';
import { DAY_MS } from '../../domain/time.js';
import { readDate, readDays } from '../dates.js';
import { CommandFailure } from '../output.js';
import { signatureOf } from '../signature.js';
import { give, orderCommand, signed, type OrderFlags } from './order.js';

type Terms = Pick<ExemptInput, 'until' | 'invoices'>;
type ExemptChoice = {
  readonly days?: string;
  readonly until?: string;
  readonly end?: boolean;
  readonly forgive?: string;
};

/** `forbear case exempt`. */
export function exemptCommand(): Command {
  const command = orderCommand(
    'exempt',
    'take nothing from the account for a time, whatever it owes, or forgive single invoices',
  )
    .option('--days <days>', 'for this many days from now')
    .option('--until <date>', 'until then, such as 2026-12-31T00:00:00Z; a day alone begins at 00:00 UTC')
    .option('--end', 'end the exemption that stands')
    .option('--forgive <in_…,in_…>', 'treat these open invoices as if they were not owed');
  return signed(command).action(exempt);
}

async function exempt(word: string, flags: ExemptChoice & OrderFlags): Promise<void> {
  const terms = exemptionOf(flags, Date.now());
  const input = { ...signatureOf(flags), ...terms };
  await give(word, { kind: 'exempt', input }, doneOf(terms), flags);
}

/** What the options come to; ends the command when it is not exactly one of them. */
export function exemptionOf({ days, until, end, forgive }: ExemptChoice, now: number): Terms {
  if ([days, until, end, forgive].filter((given) => given !== undefined).length !== 1)
    throw new CommandFailure('usage', 'give one of --days, --until, --end and --forgive');
  if (days !== undefined)
    return { until: new Date(now + Math.round(readDays('--days', days) * DAY_MS)).toISOString() };
  if (until !== undefined) return { until: readDate('--until', until) };
  return forgive === undefined ? { until: null } : { invoices: readInvoices(forgive) };
}

function readInvoices(list: string): string[] {
  const invoices = list.split(',').map((id) => id.trim());
  const wrong = invoices.find((id) => !/^in_\w+$/.test(id));
  if (wrong === undefined) return invoices;
  throw new CommandFailure('usage', `--forgive ${list}: a Stripe invoice's id begins with in_`);
}

function doneOf({ until, invoices }: Terms): string {
  if (invoices !== undefined) return `Forgiven: ${invoices.join(', ')}.`;
  return until === null ? 'The exemption has ended.' : `Exempt until ${until}.`;
}
