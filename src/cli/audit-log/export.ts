import { once } from 'node:events';
import { Command } from 'commander';
import { readTrails, type TrailRow } from '../../db/queries/audit.js';
import { mustFind } from '../account/find.js';
import { readDate } from '../dates.js';
import { withDatabase } from '../environment.js';

type Flags = { readonly account?: string; readonly since?: string; readonly withWords?: boolean };

/** `forbear audit-log export`. */
export function exportCommand(): Command {
  return new Command('export')
    .description('the log as JSON lines with its hashes, for whoever checks it himself (docs/audit-log.md)')
    .option('--account <account>', 'only this one: its ref, our id or a Stripe customer')
    .option('--since <date>', 'only what was written from then on')
    .option('--with-words', 'with what people said, and who they are')
    .action(exportLog);
}

async function exportLog({ account: word, since: from, withWords = false }: Flags): Promise<void> {
  const since = from === undefined ? undefined : new Date(readDate('--since', from));
  await withDatabase(async (db) => {
    const account = word === undefined ? undefined : (await mustFind(db, word)).id;
    for await (const row of readTrails(db, { account, since })) {
      // A log is longer than memory is: who reads slowly is waited for.
      const isTaken = process.stdout.write(`${JSON.stringify(lineOf(row, withWords))}\n`);
      if (!isTaken) await once(process.stdout, 'drain');
    }
  });
}

/** An entry with what its hash is over. `words` is the very text that was hashed, `null` where it was erased. */
function lineOf(row: TrailRow, withWords: boolean) {
  const { account, position, kind, effect, body, at, previousHash, hash, words, hasWords } = row;
  const entry = { account, position, kind, effect, body, at: at.toISOString(), previousHash, hash };
  return withWords && hasWords ? { ...entry, words } : entry;
}
