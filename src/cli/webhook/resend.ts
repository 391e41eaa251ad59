import { Command } from 'commander';
import { resendDelivery, resendSince } from '../../db/queries/deliveries.js';
import { readDate } from '../dates.js';
import { withDatabase } from '../environment.js';
import { CommandFailure, print, printJson } from '../output.js';
import { mustFindEndpoint } from './find.js';

type Flags = { readonly since?: string; readonly json?: boolean };

/** `forbear webhook resend`. */
export function resendCommand(): Command {
  return new Command('resend')
    .description(
      'tell the same once more, also what has arrived; of each account only the newest, for an older one would take back what has happened since',
    )
    .argument('<endpoint>', 'its address, its id, or how that begins')
    .argument('[delivery]', 'one alone: its id, msg_…')
    .option('--since <date>', 'everything since then, such as 2026-12-01T09:00:00Z')
    .option('--json', 'for programs')
    .action(resend);
}

async function resend(word: string, delivery: string | undefined, { since, json }: Flags): Promise<void> {
  if ((delivery === undefined) === (since === undefined))
    throw new CommandFailure('usage', 'give either a delivery or --since');
  const count = await withDatabase(async (db) => {
    const { id } = await mustFindEndpoint(db, word);
    if (since !== undefined) return resendSince(db, id, new Date(readDate('--since', since)));
    const resent = await resendDelivery(db, id, uuidOf(delivery ?? ''));
    if (resent === 'unknown') throw new CommandFailure('notFound', `${word} has no delivery ${delivery}`);
    if (resent === 'older')
      throw new CommandFailure('refused', `${delivery}: something newer of this account was told since`);
    return 1;
  });
  if (json) printJson({ resent: count });
  else print(count === 1 ? 'One delivery is on its way.' : `${count} deliveries are on their way.`);
}

const uuid = /^(?:msg_)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

function uuidOf(delivery: string): string {
  const [, id] = uuid.exec(delivery) ?? [];
  if (id === undefined)
    throw new CommandFailure(
      'usage',
      `${delivery} is no delivery's id: \`forbear webhook deliveries\` shows them`,
    );
  return id;
}
