import { Command, Option } from 'commander';
import { listCases, type CaseRow } from '../../db/queries/cases.js';
import { allStages } from '../../domain/case-file.js';
import { withDatabase } from '../environment.js';
import { fromNow, print, printJson, printTable } from '../output.js';

const mostListed = 500;

type ListFlags = { all?: boolean; stage?: string; json?: boolean };

/** `forbear case list`. */
export function listCommand(): Command {
  return new Command('list')
    .description('open cases, the nearest step first')
    .option('--all', 'closed ones, too')
    .addOption(new Option('--stage <stage>', 'only those in this stage').choices(allStages))
    .option('--json', 'one JSON record a line')
    .action(list);
}

async function list(flags: ListFlags): Promise<void> {
  const filter = {
    limit: mostListed,
    closed: flags.all ?? false,
    ...(flags.stage !== undefined && { stage: flags.stage }),
  };
  const cases = await withDatabase((db) => listCases(db, filter));
  if (flags.json) {
    cases.forEach(printJson);
    return;
  }
  const now = new Date();
  const rows = cases.map((c) => [
    c.ref,
    c.name,
    c.stage,
    c.reason,
    c.owed,
    nextOf(c, now),
    fromNow(c.openedAt, now),
  ]);
  printTable(
    ['ref', 'name', 'stage', 'why', 'owed', 'next', 'opened'],
    rows,
    'No such case: nobody is in trouble.',
  );
  if (cases.length === mostListed) print(`Only the first ${mostListed} are shown.`);
}

function nextOf({ nextStep, nextAt, closedAt }: CaseRow, now: Date): string {
  if (closedAt !== null) return `closed ${fromNow(closedAt, now)}`;
  return nextStep === null || nextAt === null ? 'waits for a payment' : `${nextStep} ${fromNow(nextAt, now)}`;
}
