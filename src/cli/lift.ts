import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { readBackState, takenIn, type TakenFrom, type TakingFilter } from '../db/queries/takings.js';
import type { Db } from '../db/client.js';
import { withDatabase, withTemporal } from './environment.js';
import { readFilter, readPace, type LiftFlags } from './lift/flags.js';
import { createProgress, wordsOf } from './lift/progress.js';
import { csvOf, planHead, plannedOf, planRow, recordOf, type LiftRecord, type Planned } from './lift/rows.js';
import { undoAll, type Undo } from './lift/undo.js';
import { countsOf, isUndone, type Result } from './lift/verdict.js';
import { CommandFailure, exitCodes, print, printJson, printTable } from './output.js';
import { signatureOf } from './signature.js';

/** `forbear lift`. */
export function liftManyCommand(): Command {
  return new Command('lift')
    .description(
      'give back what was taken for non-payment from all accounts of a span of time; what is owed stays owed',
    )
    .requiredOption('--since <date>', 'what was taken from then on, or so long ago: 2026-11-01T00:00:00Z, 2h')
    .option('--until <date>', 'nothing that was taken at that instant or later, or since then (default: now)')
    .option('--policy <name>', 'only what was taken under this policy')
    .option('--segment <name>', 'only what was taken in this segment of it')
    .option('--step <steps>', 'only these of limit,pause', 'limit,pause')
    .requiredOption('--reason <reason>', 'why; it stands in each case and in the audit log')
    .option('--by <name>', 'who (default: you)')
    .option('--dry-run', 'say what would be given back, and change nothing')
    .option('--per-second <n>', 'so many accounts are begun in a second', '5')
    .option('--wait <duration>', 'how long an account is waited for', '5m')
    .option('--run <id>', 'go on with an earlier run, whose orders are not given again')
    .option('--out <file>', 'write the result of each account there, as .csv or .json')
    .option('--yes', 'do it without asking')
    .option('--json', 'one JSON record a line')
    .addHelpText(
      'after',
      '\nCan be repeated: what is back is left as it is. Exit code 1 when an account is not back.',
    )
    .action(lift);
}

async function lift(flags: LiftFlags): Promise<void> {
  const filter = readFilter(flags, Date.now());
  const undo = { ...readPace(flags), ...signatureOf(flags), run: flags.run ?? randomUUID() };
  await withDatabase(async (db) => {
    const planned = await plan(db, filter);
    const open = planned.filter(({ result }) => result === null);
    if (flags.dryRun) return showPlan(planned, open.length, flags);
    if (open.length > 0) await confirm(planned, open.length, flags);
    await carryOut(db, planned, undo, flags);
  });
}

async function plan(db: Db, filter: TakingFilter): Promise<Planned[]> {
  const planned: Planned[] = [];
  for (const account of await takenIn(db, filter))
    planned.push(plannedOf(account, await readBackState(db, account.id)));
  return planned;
}

function showPlan(planned: readonly Planned[], open: number, { json }: LiftFlags): void {
  if (json) {
    for (const { account, state, result } of planned)
      printJson({
        account: account.id,
        ref: account.ref,
        takings: account.takings,
        off: state.off,
        wouldLift: result === null,
      });
    return;
  }
  printTable(planHead, planned.map(planRow), 'Nothing was taken in that time.', { wraps: [1, 4] });
  print(`${accountsIn(open)} would be given back, of ${planned.length} from which something was taken.`);
}

const accountsIn = (count: number) => (count === 1 ? '1 account' : `${count} accounts`);

/** Asks for the number of accounts once more, where somebody can answer. */
async function confirm(planned: readonly Planned[], open: number, flags: LiftFlags): Promise<void> {
  if (flags.yes) return;
  const deed = `${accountsIn(open)} ${open === 1 ? 'is' : 'are'} given back although not paid`;
  if (flags.json || !process.stdin.isTTY || !process.stdout.isTTY)
    throw new CommandFailure('usage', `${deed}: look with --dry-run, and say so with --yes`);
  showPlan(planned, open, flags);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(`Type the number of accounts (${open}) to go on: `);
    if (answer.trim() !== String(open))
      throw new CommandFailure('usage', 'this is another number: nothing was done');
  } finally {
    terminal.close();
  }
}

async function carryOut(db: Db, planned: readonly Planned[], undo: Undo, flags: LiftFlags): Promise<void> {
  const results = new Map<TakenFrom, Result>(
    planned.flatMap(({ account, result }) => (result === null ? [] : [[account, result]])),
  );
  const open = planned.filter(({ result }) => result === null).map(({ account }) => account);
  if (open.length > 0) await undoOpen(db, open, undo, results, flags);
  const records = planned.flatMap(({ account }) => {
    const result = results.get(account);
    return result === undefined ? [] : [recordOf(undo.run, account, result)];
  });
  if (flags.out !== undefined) writeFileSync(flags.out, textFor(flags.out, records));
  tell(records, [...results.values()], flags);
  if ([...results.values()].some(isUndone)) process.exitCode = exitCodes.failed;
}

async function undoOpen(
  db: Db,
  open: readonly TakenFrom[],
  undo: Undo,
  results: Map<TakenFrom, Result>,
  { json }: LiftFlags,
): Promise<void> {
  if (!json)
    print(`Run ${undo.run}: should it be cut short, the same command with --run ${undo.run} goes on.`);
  const progress = createProgress(open.length, process.stderr);
  const { createOrders } = await import('../dispatcher/orders.js');
  await withTemporal(async (client) => {
    const orders = createOrders(client);
    const means = {
      send: (to: TakenFrom, order: Parameters<typeof orders.send>[1]) =>
        orders.send(to, order, { starts: true }),
      look: ({ id }: TakenFrom) => readBackState(db, id),
    };
    await undoAll(open, undo, means, (account, result) => {
      results.set(account, result);
      progress.done(account.ref, result);
    });
  }).finally(progress.end);
}

const textFor = (file: string, records: readonly LiftRecord[]): string =>
  file.endsWith('.csv') ? csvOf(records) : `${JSON.stringify(records, null, 2)}\n`;

function tell(records: readonly LiftRecord[], results: readonly Result[], { json }: LiftFlags): void {
  if (json) return records.forEach(printJson);
  const rows = records.map(({ ref, name }, index) => {
    const result = results[index];
    return [ref, name, result === undefined ? '' : wordsOf(result)];
  });
  printTable(['account', 'name', 'result'], rows, 'Nothing was taken in that time.', { wraps: [2] });
  print(`${countsOf(results)}.`);
}
