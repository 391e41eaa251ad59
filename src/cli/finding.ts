import { Command } from 'commander';
import { listFindings, resolveFinding } from '../db/queries/findings.js';
import { withDatabase } from './environment.js';
import { CommandFailure, fromNow, print, printJson, printTable } from './output.js';
import { signatureOf, type SignedFlags } from './signature.js';

const mostListed = 500;

/** `forbear finding list|resolve`. */
export function findingCommand(): Command {
  const command = new Command('finding').description('what people have to see to');
  command
    .command('list')
    .description('what is open, the newest first')
    .option('--all', 'what was seen to, too')
    .option('--json', 'one JSON record a line')
    .action(list);
  command
    .command('resolve <id>')
    .description('note that it was seen to')
    .requiredOption('--reason <reason>', 'what was done; it stands in the audit log')
    .option('--by <name>', 'who (default: you)')
    .option('--json', 'for programs')
    .action(resolve);
  return command;
}

async function list(flags: { all?: boolean; json?: boolean }): Promise<void> {
  const filter = { resolved: flags.all ?? false, limit: mostListed };
  const found = await withDatabase((db) => listFindings(db, filter));
  if (flags.json) {
    found.forEach(printJson);
    return;
  }
  const now = new Date();
  const rows = found.map(({ id, ref, kind, text, foundAt, resolvedAt }) => [
    String(id),
    ref,
    kind,
    text,
    fromNow(foundAt, now),
    resolvedAt === null ? '' : fromNow(resolvedAt, now),
  ]);
  const head = ['id', 'account', 'kind', 'what', 'found', 'resolved'];
  printTable(head, rows, 'Nothing is to be seen to.', { wraps: [3] });
  if (found.length === mostListed) print(`Only the first ${mostListed} are shown.`);
}

async function resolve(word: string, flags: SignedFlags & { json?: boolean }): Promise<void> {
  const id = Number(word);
  if (!Number.isSafeInteger(id) || id < 1)
    throw new CommandFailure('usage', `${word} is no finding's number: \`forbear finding list\` shows them`);
  const signature = signatureOf(flags);
  const resolvedAt = await withDatabase((db) => resolveFinding(db, id, signature));
  if (resolvedAt === null)
    throw new CommandFailure(
      'notFound',
      `no finding has the number ${id}: \`forbear finding list\` shows them`,
    );
  if (flags.json) printJson({ id, resolvedAt });
  else print(`Finding ${id} is resolved.`);
}
