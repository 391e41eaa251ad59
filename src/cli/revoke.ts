import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import type { AccountRow } from '../db/queries/accounts.js';
import { readRevocation } from '../db/queries/revocations.js';
import type { Db } from '../db/client.js';
import { mustFind } from './account/find.js';
import { withDatabase, withTemporal } from './environment.js';
import { readPace } from './lift/flags.js';
import { CommandFailure, exitCodes, print, printJson, printTable } from './output.js';
import { isRevoked, revokeAll, resultText, type Result, type Revocation } from './revoke/carry-out.js';
import { signatureOf, type SignedFlags } from './signature.js';

type RevokeFlags = SignedFlags & {
  readonly run?: string;
  readonly wait: string;
  readonly perSecond: string;
  readonly yes?: boolean;
  readonly json?: boolean;
};

/** `forbear revoke`. */
export function revokeCommand(): Command {
  return new Command('revoke')
    .argument('<accounts...>', 'each by its ref, our id or a Stripe customer')
    .description('end all access now: no sign-in, no sessions, everything that runs off and locked')
    .requiredOption('--reason <reason>', 'why, such as "chargeback dp_1"; it stands in the audit log')
    .option('--by <name>', 'who (default: you)')
    .option('--per-second <n>', 'so many accounts are begun in a second', '5')
    .option('--wait <duration>', 'how long an account is waited for', '5m')
    .option('--run <id>', 'go on with an earlier run, whose orders are not given again')
    .option('--yes', 'several accounts without asking for their number')
    .option('--json', 'one JSON record a line')
    .addHelpText(
      'after',
      '\nCan be repeated: who is revoked stays so. Give back with `forbear case lift ACCOUNT --restriction manual`.',
    )
    .action(revoke);
}

async function revoke(words: readonly string[], flags: RevokeFlags): Promise<void> {
  const order = { ...readPace(flags), ...signatureOf(flags), run: flags.run ?? randomUUID() };
  await withDatabase(async (db) => {
    const accounts = await findAll(db, words);
    await confirm(accounts, flags);
    if (!flags.json && accounts.length > 1)
      print(`Run ${order.run}: should it be cut short, the same command with --run ${order.run} goes on.`);
    const results = await carryOut(db, accounts, order);
    tell(results, flags);
    if (results.some(({ result }) => !isRevoked(result))) process.exitCode = exitCodes.failed;
  });
}

/** All of them or nothing is done: one word that names nobody is a slip of the pen. */
async function findAll(db: Db, words: readonly string[]): Promise<readonly AccountRow[]> {
  const found = new Map<string, AccountRow>();
  for (const word of words) {
    const account = await mustFind(db, word);
    found.set(account.id, account);
  }
  return [...found.values()];
}

async function confirm(accounts: readonly AccountRow[], { yes, json }: RevokeFlags): Promise<void> {
  if (yes || accounts.length === 1) return;
  if (json || !process.stdin.isTTY || !process.stdout.isTTY)
    throw new CommandFailure('usage', `${accounts.length} accounts are revoked: say so with --yes`);
  const { createInterface } = await import('node:readline/promises');
  printTable(
    ['account', 'name'],
    accounts.map(({ ref, name }) => [ref, name]),
    '',
    { wraps: [1] },
  );
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(`Type the number of accounts (${accounts.length}) to go on: `);
    if (answer.trim() !== String(accounts.length))
      throw new CommandFailure('usage', 'this is another number: nothing was done');
  } finally {
    terminal.close();
  }
}

type Told = { readonly account: AccountRow; readonly result: Result };

async function carryOut(
  db: Db,
  accounts: readonly AccountRow[],
  order: Revocation,
): Promise<readonly Told[]> {
  const { createOrders } = await import('../dispatcher/orders.js');
  return withTemporal(async (client) => {
    const orders = createOrders(client);
    return revokeAll(accounts, order, {
      send: (to, wanted) => orders.send(to, wanted, { starts: true }),
      look: ({ id }) => readRevocation(db, id),
    });
  });
}

function tell(results: readonly Told[], { json }: RevokeFlags): void {
  for (const { account, result } of results) {
    if (json) printJson({ account: account.id, ref: account.ref, ...result });
    else print(`${account.ref}: ${resultText(result)}`);
  }
}
