import { Command } from 'commander';
import type { Db } from '../../db/client.js';
import { createPostgresAccounts } from '../../db/queries/accounts.js';
import { pastInvoices } from '../../db/queries/impact.js';
import { readOverride } from '../../db/queries/overrides.js';
import type { AccountId } from '../../domain/ids.js';
import { formatSums } from '../../domain/money.js';
import { DAY_MS, formatInstant } from '../../domain/time.js';
import { loadPolicy } from '../../policy/load.js';
import { choosePolicy } from '../../policy/resolve.js';
import type { PolicyBook } from '../../policy/book.js';
import { isMoved, reachOf, type Past } from '../../preview/impact.js';
import type { PreviewInvoice } from '../../preview/life.js';
import { readDays } from '../dates.js';
import { operatorEnvironment, withDatabase } from '../environment.js';
import { CommandFailure, print, printJson, printTable } from '../output.js';
import { movesUnder, printMoves } from './moves.js';

type Flags = { readonly days: string; readonly policy?: string; readonly json?: boolean };

/** `forbear policy impact`. */
export function impactCommand(): Command {
  return new Command('impact')
    .argument('<file>')
    .description(
      'who would be where under this policy: open cases from here on, and the failed payments that are kept, lived once more',
    )
    .option('--days <n>', 'how far back failed payments are looked at', '90')
    .option(
      '--policy <file>',
      'the policy of today, with which the past is compared (default: FORBEAR_POLICY)',
    )
    .option('--json', 'for programs')
    .action(impact);
}

async function impact(file: string, flags: Flags): Promise<void> {
  const after = loadPolicy(file);
  const beforeFile = flags.policy ?? operatorEnvironment()['FORBEAR_POLICY'];
  if (beforeFile === undefined)
    throw new CommandFailure('usage', '--policy is missing: what is it to be compared with?');
  const books = [loadPolicy(beforeFile), after] as const;
  const now = Date.now();
  const since = new Date(now - readDays('--days', flags.days) * DAY_MS);
  const { moves, past } = await withDatabase(async (db) => ({
    moves: await movesUnder(db, after, {}, now),
    past: await pastUnder(db, books, since, now),
  }));
  const reach = reachOf(past, now);
  const moved = moves.filter(isMoved);
  const blind = moves.filter((move) => move.blind).length;
  if (flags.json) {
    printJson({ openCases: moves.length, moved, blind, pastAccounts: past.length, reach });
    return;
  }
  print(`Open cases: ${moves.length}; of these ${moved.length} would change.`);
  if (blind > 0)
    print(`Of ${blind} only Stripe could tell the segment: they are shown by the rules for everybody.`);
  printMoves(moved);
  print(
    `\nAccounts whose payments failed since ${formatInstant(since.getTime())}: ${past.length}. Lived once more:`,
  );
  const rows = reach.map(({ step, before, after: then, paidBefore, paidAfter, owed }) => [
    step,
    String(before),
    String(then),
    `${paidBefore} → ${paidAfter}`,
    formatSums(owed),
  ]);
  printTable(
    ['would have met', 'now', 'then', 'of these have paid since', 'what those of then owed'],
    rows,
    '',
  );
}

/** Every account's failed payments, with the rules that it has in either policy. */
async function pastUnder(
  db: Db,
  books: readonly [PolicyBook, PolicyBook],
  since: Date,
  now: number,
): Promise<Past[]> {
  const byAccount = new Map<AccountId, PreviewInvoice[]>();
  for (const { account, dueAt, failedAt, paidAt, ...sum } of await pastInvoices(db, since)) {
    const invoice = {
      dueAt: dueAt?.getTime() ?? null,
      failedAt: failedAt.getTime(),
      paidAt: paidAt?.getTime() ?? null,
      ...sum,
    };
    byAccount.set(account, [...(byAccount.get(account) ?? []), invoice]);
  }
  const past: Past[] = [];
  for (const [id, invoices] of byAccount) {
    const account = await createPostgresAccounts(db).read(id);
    const own = { override: await readOverride(db, id), now };
    const [before, after] = [
      await choosePolicy(books[0], account, own, null),
      await choosePolicy(books[1], account, own, null),
    ];
    past.push({ invoices, policies: [before.policy, after.policy] });
  }
  return past;
}
