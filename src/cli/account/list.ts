import { Command } from 'commander';
import { listAccounts } from '../../db/queries/accounts.js';
import { listUnmatched } from '../../db/queries/inbox.js';
import { withDatabase } from '../environment.js';
import { fromNow, print, printJson, printTable } from '../output.js';

/** `forbear account list`. */
export function listCommand(): Command {
  return new Command('list')
    .description('all accounts, and the customers that sent events and belong to none')
    .option('--unmatched', 'only the unmatched customers')
    .option('--json', 'one JSON record a line')
    .action(list);
}

async function list(flags: { unmatched?: boolean; json?: boolean }): Promise<void> {
  await withDatabase(async (db) => {
    const accounts = flags.unmatched ? [] : await listAccounts(db, 1_000);
    const unmatched = await listUnmatched(db, 1_000);
    if (flags.json) {
      accounts.forEach((a) => printJson({ kind: 'account', ...a }));
      unmatched.forEach((u) => printJson({ kind: 'unmatched', ...u }));
      return;
    }
    if (!flags.unmatched) {
      const rows = accounts.map((a) => [
        a.ref,
        a.name,
        a.billingStatus,
        a.access,
        a.customers.join(' '),
        a.id,
      ]);
      printTable(
        ['ref', 'name', 'billing', 'access', 'customers', 'id'],
        rows,
        'No account yet: add one with `forbear account add --ref …`, or many with `forbear account import`.',
      );
    }
    printUnmatched(unmatched);
  });
}

function printUnmatched(unmatched: Awaited<ReturnType<typeof listUnmatched>>): void {
  if (unmatched.length === 0) {
    print('No customer is unmatched.');
    return;
  }
  const rows = unmatched.map((u) => [
    u.customer ?? '(none)',
    String(u.events),
    fromNow(u.newest, new Date()),
  ]);
  print(
    '\nEvents of customers that belong to no account; they are kept and dispatched once the customer is known:',
  );
  printTable(['customer', 'events', 'newest'], rows, '');
}
