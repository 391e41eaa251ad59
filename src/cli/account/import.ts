import { Command } from 'commander';
import { repeatable } from '../repeatable.js';
import {
  importAccounts,
  type ImportLine,
  type ImportProblem,
  type ImportResult,
} from '../../db/queries/import.js';
import { withDatabase } from '../environment.js';
import { CommandFailure, print, printJson } from '../output.js';
import { importFields, namesOf, toImportLine, type ImportField, type Mapping } from './lines.js';
import { readRecords, type ReadOptions } from './records.js';

type ImportFlags = {
  readonly map: readonly string[];
  readonly delimiter: string;
  readonly dryRun?: boolean;
  readonly skipWrong?: boolean;
  readonly json?: boolean;
};

/** `forbear account import`. */
export function importCommand(): Command {
  return new Command('import')
    .argument('<file>', 'CSV with a first line of names, or JSON lines (.jsonl)')
    .description('add accounts and bring those of the same ref up to date, all of a file or nothing')
    .addOption(repeatable('--map <field=name>', "the file's own name of a field, such as ref=account_id"))
    .option('--delimiter <character>', 'what parts the columns of the CSV', ',')
    .option('--dry-run', 'say what would be written, and write nothing')
    .option('--skip-wrong', 'write the good lines although others are wrong')
    .option('--json', 'one JSON record a line')
    .addHelpText('after', `\nFields: ${importFields.join(' ')}`)
    .action(run);
}

async function run(path: string, flags: ImportFlags): Promise<void> {
  const mapping = readMapping(flags.map);
  const onNames = (names: readonly string[]) => checkNames(names, mapping, flags);
  const lines = readLines(path, mapping, { delimiter: flags.delimiter, onNames });
  const tell = ({ line, says }: ImportProblem) => {
    if (flags.json) printJson({ kind: 'problem', line, says });
    else print(`line ${line}: ${says}`);
  };
  const { dryRun = false, skipWrong = false } = flags;
  const result = await withDatabase((db) => importAccounts(db, lines, { dryRun, skipWrong, tell }));
  if (flags.json) printJson({ kind: 'result', ...result });
  else print(summaryOf(result, dryRun));
  if (result.wrong === 0 || skipWrong) return;
  throw new CommandFailure(
    'refused',
    `nothing was written: ${result.wrong === 1 ? 'one line is' : `${result.wrong} lines are`} wrong. Mend what is told above, or import the rest with --skip-wrong`,
  );
}

async function* readLines(
  path: string,
  mapping: Mapping,
  options: ReadOptions,
): AsyncGenerator<ImportLine | ImportProblem> {
  for await (const record of readRecords(path, options))
    yield 'says' in record ? record : toImportLine(record, mapping);
}

/** `ref=account_id` and the like. */
export function readMapping(words: readonly string[]): Mapping {
  const entries = words.map((word) => {
    const [field = '', ...rest] = word.split('=');
    const name = rest.join('=');
    if (!isField(field) || name === '')
      throw new CommandFailure(
        'usage',
        `--map ${word}: write FIELD=NAME, such as ref=account_id; the fields are ${importFields.join(', ')}`,
      );
    return [field, name] as const;
  });
  return Object.fromEntries(entries);
}

const isField = (word: string): word is ImportField => (importFields as readonly string[]).includes(word);

/** A file without refs, or without what was mapped, is another file than was meant. */
function checkNames(names: readonly string[], mapping: Mapping, { json }: ImportFlags): void {
  const has = (field: ImportField) => namesOf(field, mapping).some((name) => names.includes(name));
  const missing = importFields.find(
    (field) => (field === 'ref' || mapping[field] !== undefined) && !has(field),
  );
  if (missing !== undefined)
    throw new CommandFailure(
      'usage',
      `the file has no column for ${missing}: its columns are ${names.join(', ')}. Name one with --map ${missing}=…, or another --delimiter`,
    );
  const known = importFields.flatMap((field) => namesOf(field, mapping));
  const others = names.filter((name) => !known.includes(name));
  if (others.length > 0 && !json) print(`Left out, as no field has this name: ${others.join(', ')}`);
}

function summaryOf({ added, changed, unchanged, events, wrong, written }: ImportResult, dryRun: boolean) {
  const counts = `${added} added, ${changed} changed, ${unchanged} unchanged`;
  if (dryRun || !written) return `Would be ${counts}; ${wrong} wrong.`;
  const skipped = wrong === 0 ? '' : `, ${wrong} left out as wrong`;
  const matched = events === 0 ? '' : ` ${events} waiting events are matched now.`;
  return `${counts}${skipped}.${matched}`;
}
