import { Command, Option } from 'commander';
import { listDeliveries, type DeliveryRow } from '../../db/queries/deliveries.js';
import type { DeliveryState } from '../../db/schema.js';
import { messageId } from '../../push/message.js';
import { mustFind } from '../account/find.js';
import { withDatabase } from '../environment.js';
import { fromNow, print, printJson, printTable } from '../output.js';
import { mustFindEndpoint } from './find.js';

type Flags = { readonly account?: string; readonly state?: DeliveryState; readonly json?: boolean };

const mostListed = 100;

/** `forbear webhook deliveries`. */
export function deliveriesCommand(): Command {
  return new Command('deliveries')
    .description('what an endpoint was told and is to be told, the newest first; kept for 30 days')
    .argument('<endpoint>', 'its address, its id, or how that begins')
    .option('--account <account>', 'of this one alone')
    .addOption(new Option('--state <state>', 'only these').choices(['pending', 'delivered', 'superseded']))
    .option('--json', 'one JSON record a line')
    .action(deliveries);
}

async function deliveries(word: string, { account, state, json }: Flags): Promise<void> {
  const rows = await withDatabase(async (db) => {
    const endpoint = (await mustFindEndpoint(db, word)).id;
    const of = account === undefined ? undefined : (await mustFind(db, account)).id;
    return listDeliveries(db, { endpoint, account: of, state, limit: mostListed });
  });
  if (json) {
    rows.forEach((row) => printJson({ ...row, id: messageId(row.id) }));
    return;
  }
  const now = new Date();
  printTable(
    ['id', 'account', 'made', 'state', 'tries', 'last answer'],
    rows.map((row) => [
      messageId(row.id),
      row.ref ?? row.account,
      fromNow(row.createdAt, now),
      stateOf(row, now),
      String(row.attempts),
      row.lastError ?? String(row.lastStatus ?? ''),
    ]),
    'Nothing was to be told yet.',
    { wraps: [5] },
  );
  if (rows.length === mostListed) print(`Only the newest ${mostListed} are shown.`);
}

function stateOf({ state, nextAt, deliveredAt }: DeliveryRow, now: Date): string {
  switch (state) {
    case 'pending':
      return nextAt > now ? `next try ${fromNow(nextAt, now)}` : 'is being sent';
    case 'delivered':
      return deliveredAt === null ? 'arrived' : `arrived ${fromNow(deliveredAt, now)}`;
    case 'superseded':
      return 'a newer one took its place';
  }
}
