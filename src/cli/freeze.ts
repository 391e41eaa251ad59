import { Command } from 'commander';
import { turnFreeze } from '../db/queries/switches.js';
import { withDatabase } from './environment.js';
import { print } from './output.js';
import { signatureOf, type SignedFlags } from './signature.js';

/** `forbear freeze`: holds everything that takes, from the next call on. Temporal need not answer. */
export function freezeCommand(): Command {
  return signed('freeze', 'hold everything that takes, at once; giving back goes on').action(
    async (flags: SignedFlags) => {
      await withDatabase((db) => turnFreeze(db, true, signatureOf(flags)));
      print('Frozen: nobody is reminded, and nothing is taken. forbear unfreeze --reason … lets it go on.');
    },
  );
}

/** `forbear unfreeze`: lets go what the switch in the database held. */
export function unfreezeCommand(): Command {
  return signed('unfreeze', 'let it go on; what was held looks again').action(async (flags: SignedFlags) => {
    await withDatabase((db) => turnFreeze(db, false, signatureOf(flags)));
    print(
      'The switch in the database is off. A freeze file, or FORBEAR_FREEZE=1 of a worker, holds as before.',
    );
  });
}

const signed = (name: string, description: string) =>
  new Command(name)
    .description(description)
    .requiredOption('--reason <text>', 'why, for the audit log')
    .option('--by <name>', 'who; without it, as this machine calls you');
