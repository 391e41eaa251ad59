import type { Command } from 'commander';
import type { PromiseInput } from '../../../workflows/messages.js';
import { newestCase } from '../../db/queries/cases.js';
import { mustFind } from '../account/find.js';
import { readAmount } from '../amounts.js';
import { readDeadline } from '../dates.js';
import { withDatabase } from '../environment.js';
import { CommandFailure } from '../output.js';
import { signatureOf } from '../signature.js';
import { give, orderCommand, signed, type OrderFlags } from './order.js';
import { repeatable } from '../repeatable.js';

type PromiseFlags = OrderFlags & { readonly pay: readonly string[] };
type Instalments = PromiseInput['instalments'];

const example = '--pay 2026-12-01=50.00';

/** `forbear case promise`. */
export function promiseCommand(): Command {
  const command = orderCommand(
    'promise',
    'agree on instalments: while they are kept, nothing is taken',
  ).addOption(
    repeatable(
      '--pay <date=sum>',
      `what is paid by the end of that day (UTC), in the currency of the debt, such as ${example}, the nearest first`,
    ),
  );
  return signed(command).action(promise);
}

async function promise(word: string, flags: PromiseFlags): Promise<void> {
  if (flags.pay.length === 0) throw new CommandFailure('usage', `give the instalments, each as ${example}`);
  const signature = signatureOf(flags);
  const currency = await currencyOfDebt(word);
  const instalments = instalmentsOf(flags.pay, currency);
  const input = { ...signature, instalments };
  await give(word, { kind: 'promise', input }, `${instalments.length} instalments are agreed.`, flags);
}

/** What `--pay` says, each as a deadline and a sum in the smallest unit; ends the command at the first that is wrong. */
export function instalmentsOf(pay: readonly string[], currency: string): Instalments {
  return pay.map((text) => {
    const [, date, sum] = /^([^=]+)=([^=]+)$/.exec(text) ?? [];
    if (date === undefined || sum === undefined)
      throw new CommandFailure('usage', `--pay ${text}: write it as ${example}`);
    const amountMinor = readAmount(sum, currency);
    if (amountMinor === null || amountMinor === 0)
      throw new CommandFailure('usage', `--pay ${text}: ${sum} is no sum in ${currency.toUpperCase()}`);
    return { on: readDeadline('--pay', date), amountMinor };
  });
}

async function currencyOfDebt(word: string): Promise<string> {
  const { ref, found } = await withDatabase(async (db) => {
    const account = await mustFind(db, word);
    return { ref: account.ref, found: await newestCase(db, account.id) };
  });
  if (found === null || found.closedAt !== null)
    throw new CommandFailure(
      'notFound',
      `account ${ref} has no open case: there is nothing to pay in instalments`,
    );
  const [owed, another] = found.owed;
  if (owed === undefined) throw new CommandFailure('refused', `account ${ref} owes nothing now`);
  if (another === undefined) return owed.currency;
  throw new CommandFailure(
    'refused',
    `account ${ref} owes in several currencies: one agreement can't cover it`,
  );
}
