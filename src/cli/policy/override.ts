import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { parse } from 'yaml';
import { keepBook } from '../../db/queries/books.js';
import { endOverride, readOverride, writeOverride } from '../../db/queries/overrides.js';
import { loadPolicy } from '../../policy/load.js';
import { misfits } from '../../policy/resolve.js';
import { mustFind } from '../account/find.js';
import { readDeadline } from '../dates.js';
import { operatorEnvironment, withDatabase } from '../environment.js';
import { CommandFailure, print, printJson } from '../output.js';
import { signatureOf } from '../signature.js';
import { formatInstant } from '../../domain/time.js';

type Flags = {
  readonly rules?: string;
  readonly end?: boolean;
  readonly policy?: string;
  readonly until?: string;
  readonly reason?: string;
  readonly by?: string;
  readonly json?: boolean;
};

/** `forbear policy override`. */
export function overrideCommand(): Command {
  return new Command('override')
    .argument('<account>', 'its ref, our id or a Stripe customer')
    .description(
      'rules of its own for an account, for the cases that begin until they expire; without --rules they are shown',
    )
    .option('--rules <file>', 'the fields that differ, as in a policy file')
    .option('--policy <file>', 'the policy that they change (default: FORBEAR_POLICY)')
    .option('--until <date>', 'when they expire; needed with --rules')
    .option('--reason <reason>', 'why; needed with --rules and --end')
    .option('--by <name>', 'who (default: you)')
    .option('--end', 'they count no more')
    .option('--json', 'for programs')
    .action(override);
}

async function override(word: string, flags: Flags): Promise<void> {
  if (flags.rules === undefined && !flags.end) return show(word, flags);
  if (flags.rules !== undefined && flags.end)
    throw new CommandFailure('usage', 'give either --rules or --end');
  const { reason, by } = signatureOf({
    reason: flags.reason ?? '',
    ...(flags.by !== undefined && { by: flags.by }),
  });
  if (!isOneLine(reason))
    throw new CommandFailure('usage', `--reason must be one line of at most ${longestReason} characters`);
  await withDatabase(async (db) => {
    const account = await mustFind(db, word);
    if (flags.end) {
      const ended = await endOverride(db, account.id, { by, reason });
      if (!ended) throw new CommandFailure('notFound', `account ${account.ref} has no rules of its own`);
      print(`${account.ref} goes by the policy again, from its next case on.`);
      return;
    }
    const { book, patch, until } = readRules(flags);
    await keepBook(db, book);
    await writeOverride(db, account.id, { patch, book: book.version, until, reason, by });
    print(
      `${account.ref} has rules of its own for cases that begin until ${formatInstant(until.getTime())}. A case that is open keeps its rules: forbear policy reissue --account ${account.ref} changes them.`,
    );
  });
}

// It goes with every case that has these rules, and stands on one line there.
const longestReason = 500;
const isOneLine = (text: string) => text.length <= longestReason && !/[\p{Cc}\p{Surrogate}]/u.test(text);

function readRules({ rules = '', policy, until }: Flags) {
  if (until === undefined)
    throw new CommandFailure('usage', '--until is missing: say when these rules expire');
  const expires = new Date(readDeadline('--until', until));
  if (expires.getTime() <= Date.now()) throw new CommandFailure('usage', '--until is over already');
  const file = policy ?? operatorEnvironment()['FORBEAR_POLICY'];
  if (file === undefined)
    throw new CommandFailure('usage', '--policy is missing: which policy do these rules change?');
  const book = loadPolicy(file);
  const patch = readPatch(rules);
  const mistakes = misfits(book, patch);
  if (mistakes.length > 0)
    throw new CommandFailure('refused', `${rules} does not fit ${file}:\n  ${mistakes.join('\n  ')}`);
  return { book, patch, until: expires };
}

function readPatch(file: string): Record<string, unknown> {
  const fields: unknown = parse(readFileSync(file, 'utf8'));
  if (
    typeof fields !== 'object' ||
    fields === null ||
    Array.isArray(fields) ||
    Object.keys(fields).length === 0
  )
    throw new CommandFailure('usage', `${file}: write the fields that differ, as in a policy file`);
  return fields as Record<string, unknown>;
}

async function show(word: string, flags: Flags): Promise<void> {
  const found = await withDatabase(async (db) => {
    const account = await mustFind(db, word);
    return { ref: account.ref, override: await readOverride(db, account.id) };
  });
  const { ref, override: own } = found;
  if (flags.json) return printJson({ ref, override: own && { ...own, beside: own.beside.version } });
  if (own === null) return print(`${ref} goes by the policy; it has no rules of its own.`);
  print(
    `${ref}, until ${formatInstant(own.until)}, by ${own.by}: ${own.reason}\n${JSON.stringify(own.patch, null, 2)}`,
  );
}
