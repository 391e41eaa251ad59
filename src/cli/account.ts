import { Command } from 'commander';
import { z } from 'zod';
import { addAccount, findAccount, listAccounts, type AccountRow } from '../db/queries/accounts.js';
import { listUnmatched } from '../db/queries/inbox.js';
import { readTerms, type Terms } from '../db/queries/terms.js';
import type { Db } from '../db/client.js';
import { asCustomerId } from '../domain/ids.js';
import type { Restriction } from '../domain/restrictions.js';
import { formatInstant } from '../domain/time.js';
import { withDatabase } from './environment.js';
import { CommandFailure, fromNow, print, printJson, printTable } from './output.js';

type AddFlags = { ref: string; name?: string; customer: string[]; email: string[]; json?: boolean };

const collect = (value: string, before: string[]) => [...before, value];

/** `forbear account add|list|show`. */
export function accountCommand(): Command {
  const account = new Command('account').description(
    'the accounts Forbear knows, and who is known to nobody',
  );
  account
    .command('add')
    .description('add an account, or bring the one of the same ref up to date')
    .requiredOption('--ref <ref>', "the app's own name of the account")
    .option('--name <name>', 'what customers read in their notices (default for a new one: the ref)')
    .option('--customer <cus_…>', 'a Stripe customer of the account; repeatable', collect, [])
    .option('--email <address>', 'whom notices go to, instead of those before; repeatable', collect, [])
    .option('--json', 'for programs')
    .action(add);
  account
    .command('list')
    .description('all accounts, and the customers that sent events and belong to none')
    .option('--unmatched', 'only the unmatched customers')
    .option('--json', 'one JSON record a line')
    .action(list);
  account
    .command('show <account>')
    .description('one account, by its ref, our id, or a Stripe customer')
    .option('--json', 'for programs')
    .action(show);
  return account;
}

async function add(flags: AddFlags): Promise<void> {
  for (const customer of flags.customer) {
    if (!/^cus_\w+$/.test(customer))
      throw new CommandFailure('usage', `--customer ${customer}: a Stripe customer's id begins with cus_`);
  }
  for (const email of flags.email) {
    if (!z.email().safeParse(email).success)
      throw new CommandFailure('usage', `--email ${email}: not an e-mail address`);
  }
  const customers = flags.customer.map(asCustomerId);
  const contacts = flags.email.length > 0 ? flags.email : undefined;
  const { id } = await withDatabase((db) =>
    addAccount(db, { ref: flags.ref, name: flags.name, contacts, customers }),
  );
  if (flags.json) printJson({ id, ref: flags.ref });
  else print(`Account ${flags.ref} is ${id}. See it with: forbear account show ${flags.ref}`);
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
        'No account yet: add one with `forbear account add --ref …`.',
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

const restrictionOf = ({ reason, access, owner, evidence, until }: Restriction) =>
  `${reason} (${access}${until === undefined ? '' : ` until ${formatInstant(until)}`}), by ${owner}: ${evidence}`;

async function show(word: string, flags: { json?: boolean }): Promise<void> {
  const { account, terms } = await withDatabase(async (db) => {
    const found = await mustFind(db, word);
    return { account: found, terms: await readTerms(db, found.id) };
  });
  if (flags.json) {
    printJson({ ...account, ...terms });
    return;
  }
  const restrictions = account.restrictions.map(restrictionOf);
  printTable(
    ['account', account.ref],
    [
      ['name', account.name],
      ['id', account.id],
      ['customers', account.customers.join(' ') || 'none: link one with `forbear account add`'],
      ['contacts', account.contacts.join(' ') || 'none: reminders are held'],
      ['billing status', account.billingStatus],
      ['access', `${account.access} (version ${account.accessVersion})`],
      ['restrictions', restrictions.join('\n') || 'none'],
      ['exempt', exemptionOf(terms)],
      ['forgiven', terms.forgiven.join(' ') || 'no invoice'],
    ],
    '',
  );
}

function exemptionOf({ exemption }: Terms): string {
  if (exemption === null) return 'no';
  const { until, by, reason } = exemption;
  const [is, end] = until > Date.now() ? ['until', ''] : ['was until', ' (over)'];
  return `${is} ${formatInstant(until)}${end}, by ${by}: ${reason}`;
}

/** The account that a word names; exit code 3 when there is none. */
export async function mustFind(db: Db, word: string): Promise<AccountRow> {
  const account = await findAccount(db, word);
  if (account !== null) return account;
  throw new CommandFailure(
    'notFound',
    `no account is "${word}": give its ref, our id or a Stripe customer (\`forbear account list\` shows them)`,
  );
}
