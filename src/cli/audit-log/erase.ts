import { Command } from 'commander';
import { eraseWords } from '../../db/queries/audit-words.js';
import { mustFind } from '../account/find.js';
import { withDatabase } from '../environment.js';
import { print } from '../output.js';
import { signatureOf, type SignedFlags } from '../signature.js';

/** `forbear audit-log erase`. */
export function eraseCommand(): Command {
  return new Command('erase')
    .description(
      'erase names and words of people from the log of an account; what was done stays, and its chain',
    )
    .requiredOption('--account <account>', 'its ref, our id or a Stripe customer')
    .requiredOption('--reason <reason>', 'why; it stands in the log')
    .option('--by <name>', 'who (default: you)')
    .action(erase);
}

async function erase({ account: word, ...flags }: SignedFlags & { readonly account: string }): Promise<void> {
  const signed = signatureOf(flags);
  await withDatabase(async (db) => {
    const account = await mustFind(db, word);
    const entries = await eraseWords(db, account.id, signed);
    print(
      entries === 0
        ? `Nobody has said anything in the log of ${account.ref}, or it was erased before.`
        : `The words of ${entries} entries of ${account.ref} are erased. Backups have them until they are gone.`,
    );
  });
}
