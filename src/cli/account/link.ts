import { Command } from 'commander';
import { findAccount, type AccountRow } from '../../db/queries/accounts.js';
import { linkByOrder, unlinkByOrder } from '../../db/queries/customers.js';
import { asCustomerId, type CustomerId } from '../../domain/ids.js';
import type { Db } from '../../db/client.js';
import type { Addressee } from '../../dispatcher/orders.js';
import { PortError } from '../../ports/errors.js';
import { withDatabase } from '../environment.js';
import { CommandFailure, print, printJson } from '../output.js';
import { signatureOf, type SignedFlags } from '../signature.js';
import { signedBy, signedFreely, type ChangeFlags } from './changing.js';
import { fields, readField } from './fields.js';
import { mustFind } from './find.js';
import { inTrouble, lookAnew } from './looking-anew.js';

const named = (command: Command) =>
  command
    .argument('<account>', 'its ref, our id or a Stripe customer')
    .argument('<customers...>', 'Stripe customers (cus_…)');

/** `forbear account link`. */
export function linkCommand(): Command {
  const command = named(new Command('link'))
    .description(
      'let an account pay through these Stripe customers, too; its standing is that of all of them',
    )
    .option('--move', 'take them from the account that they belong to; needs --reason');
  return signedFreely(command).action(link);
}

/** `forbear account unlink`. */
export function unlinkCommand(): Command {
  return named(new Command('unlink'))
    .description('let these Stripe customers count for the account no more; what they owe it owes no more')
    .requiredOption('--reason <reason>', 'why; it stands in the audit log')
    .option('--by <name>', 'who (default: you)')
    .option('--json', 'for programs')
    .action(unlink);
}

const customersOf = (words: readonly string[]): CustomerId[] =>
  words.map((word) => asCustomerId(readField('the customer', fields.customer, word)));

type LinkFlags = ChangeFlags & { readonly move?: boolean };

async function link(word: string, words: readonly string[], flags: LinkFlags): Promise<void> {
  const customers = customersOf(words);
  if (flags.move && flags.reason === undefined)
    throw new CommandFailure(
      'usage',
      'say with --reason why the customer moves: it stands in both audit logs',
    );
  const order = { move: flags.move ?? false, ...signedBy(flags) };
  const { account, linked, touched, emptied } = await withDatabase(async (db) => {
    const found = await mustFind(db, word);
    const result = await linkByOrder(db, found, customers, order).catch((error: unknown) =>
      refuseTaken(error, found),
    );
    const losing = await inTrouble(
      db,
      result.flatMap(({ from }) => (from === null ? [] : [from])),
    );
    const gaining = result.some(({ isNew }) => isNew) ? [found] : [];
    const touched = [...gaining, ...losing];
    return { account: found, linked: result, touched, emptied: await withoutCustomers(db, losing) };
  });
  const lines = linked.map(({ customer, from, isNew }) => {
    if (!isNew) return `${customer} belongs to ${account.ref} already.`;
    return from === null
      ? `${customer} belongs to ${account.ref} now.`
      : `${customer} belongs to ${account.ref} now, no longer to ${from.ref}. Where its metadata at Stripe names ${from.ref}, change that too: a contradiction holds.`;
  });
  if (flags.json) printJson({ ref: account.ref, linked });
  else [...lines, ...emptied.map(isUnreadable)].forEach(print);
  await lookAnew(touched, 'customers changed');
}

function refuseTaken(error: unknown, { ref }: AccountRow): never {
  if (!(error instanceof PortError) || error.code !== 'CUSTOMER_TAKEN') throw error;
  throw new CommandFailure(
    'refused',
    `${error.message}. To take it from there: \`forbear account link ${ref} … --move --reason …\``,
  );
}

async function unlink(word: string, words: readonly string[], flags: SignedFlags & { json?: boolean }) {
  const customers = customersOf(words);
  const { account, gone, touched, emptied } = await withDatabase(async (db) => {
    const found = await mustFind(db, word);
    const result = await unlinkByOrder(db, found.id, customers, signatureOf(flags));
    const losing = await inTrouble(db, [found]);
    return { account: found, gone: result, touched: losing, emptied: await withoutCustomers(db, losing) };
  });
  const strangers = customers.filter((customer) => !gone.includes(customer));
  if (gone.length === 0)
    throw new CommandFailure(
      'notFound',
      `${strangers.join(' ')} did not belong to ${account.ref}: \`forbear account show ${account.ref}\` shows its customers`,
    );
  if (flags.json) printJson({ ref: account.ref, unlinked: gone });
  else
    [`${gone.join(' ')} no longer counts for ${account.ref}.`, ...emptied.map(isUnreadable)].forEach(print);
  await lookAnew(touched, 'customers changed');
}

async function withoutCustomers(db: Db, accounts: readonly Addressee[]): Promise<Addressee[]> {
  const found: Addressee[] = [];
  for (const account of accounts)
    if ((await findAccount(db, account.id))?.customers.length === 0) found.push(account);
  return found;
}

const isUnreadable = ({ ref }: Addressee) =>
  `${ref} has no Stripe customer left, so what it owes can't be known: its case holds until it has one.`;
