import { Command, Option } from 'commander';
import { drillAccess, type DrillAccess } from '../domain/drill.js';
import { ask, carryOut, follow, show } from './fire-drill/acts.js';
import { outOf, planOf } from './fire-drill/list.js';
import { undoDrill } from './fire-drill/undo.js';
import { CommandFailure } from './output.js';
import { repeatable } from './repeatable.js';
import { signatureOf } from './signature.js';

export type DrillFlags = {
  readonly reason?: string;
  readonly by?: string;
  readonly access: DrillAccess;
  readonly column: string;
  readonly override: readonly string[];
  readonly ask?: boolean;
  readonly approval?: string;
  readonly follow?: string;
  readonly undo?: boolean;
  readonly out?: string;
  readonly json?: boolean;
};

/** `forbear fire-drill`. */
export function fireDrillCommand(): Command {
  const access = new Option('--access <access>', 'what is left to them').choices(drillAccess);
  return new Command('fire-drill')
    .argument('[file]', 'CSV whose first line names a column account; with --undo, the result of a drill')
    .description('switch off a list of accounts now: access and sessions at once, then what runs')
    .option('--reason <reason>', 'why; it stands in each case and in the audit log')
    .option('--by <name>', 'who (default: you)')
    .addOption(access.default('suspended' satisfies DrillAccess))
    .option('--column <name>', 'the column that names the accounts', 'account')
    .addOption(repeatable('--override <ref>', 'switch this account off although it pays'))
    .option('--ask', 'ask the approvers for exactly this list')
    .option('--approval <id>', 'carry out the list that was approved')
    .option('--follow <drill>', 'go on with a drill that was begun, and write its result')
    .option('--undo', 'give back what the drill of a result has taken')
    .option('--out <file>', 'where the result of each line goes (default: beside the list)')
    .option('--json', 'one JSON record a line')
    .addHelpText(
      'after',
      '\nWithout --ask, --approval, --follow or --undo it is a dry run: it says what would happen to whom, and changes nothing.\nExit code 1 when a line was not done.',
    )
    .action(fireDrill);
}

async function fireDrill(file: string | undefined, flags: DrillFlags): Promise<void> {
  const { follow: drill, undo, approval } = flags;
  const ways = [flags.ask, approval !== undefined, drill !== undefined, undo].filter(Boolean);
  if (ways.length > 1)
    throw new CommandFailure('usage', 'one of --ask, --approval, --follow and --undo at a time');
  if (drill !== undefined) return follow(drill, outOf(flags, file ?? `${drill}.csv`), flags);
  if (file === undefined) throw new CommandFailure('usage', 'name the file with the list');
  if (undo) return undoDrill(file, signed(flags), outOf(flags, file), flags);
  if (approval !== undefined)
    return carryOut(await planOf(file, flags), approval, signed(flags), outOf(flags, file), flags);
  if (flags.ask) return ask(await planOf(file, flags), signed(flags), flags);
  show(await planOf(file, flags), flags);
}

function signed({ reason, by }: DrillFlags) {
  if (reason === undefined) throw new CommandFailure('usage', 'say why with --reason');
  return signatureOf({ reason, ...(by !== undefined && { by }) });
}
