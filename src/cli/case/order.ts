import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import type { Order, OrderKind, OrderResult } from '../../dispatcher/orders.js';
import type { OrderAnswer } from '../../../workflows/messages.js';
import type { AccountRow } from '../../db/queries/accounts.js';
import { formatInstant } from '../../domain/time.js';
import { mustFind } from '../account/find.js';
import { withDatabase, withTemporal } from '../environment.js';
import { CommandFailure, print, printJson } from '../output.js';
import type { SignedFlags } from '../signature.js';

export type OrderFlags = SignedFlags & { readonly json?: boolean };

/** A command that gives a person's order; what is its own comes next, and then `signed`. */
export function orderCommand(name: string, description: string): Command {
  return new Command(name)
    .argument('<account>', 'its ref, our id or a Stripe customer')
    .description(description);
}

/** Lets a command ask for what every order needs: why, and who. */
export function signed(command: Command): Command {
  return command
    .requiredOption('--reason <reason>', 'why; it stands in the case and in the audit log')
    .option('--by <name>', 'who (default: you)')
    .option('--json', 'for programs');
}

type Wanted = { [K in OrderKind]: Omit<Order<K>, 'id'> }[OrderKind];

/** Gives the order to the account that `word` names, and says `done` and what comes next. */
export async function give(word: string, wanted: Wanted, done: string, flags: OrderFlags): Promise<void> {
  const account = await withDatabase((db) => mustFind(db, word));
  const order = { ...wanted, id: randomUUID() } as Order;
  const { createOrders } = await import('../../dispatcher/orders.js');
  const result = await withTemporal((client) => createOrders(client).send(account, order));
  const answer = answerOf(account, result);
  if (flags.json) printJson(answer);
  else print(`${done} ${nextOf(answer)}`);
}

function answerOf({ ref }: AccountRow, result: OrderResult): OrderAnswer {
  switch (result.status) {
    case 'taken':
      return result.answer;
    case 'refused':
      throw new CommandFailure('refused', `refused: ${result.why}`);
    case 'no_case':
      throw new CommandFailure('notFound', `account ${ref} has no open case that could take this order`);
    case 'no_answer':
      throw new CommandFailure(
        'failed',
        'no answer within 15 s: either Temporal or every worker is away, or the case is in the middle of an act and takes it up after that. See `forbear case show` before you try again',
      );
  }
}

function nextOf({ stage, nextStep, nextAt }: OrderAnswer): string {
  if (nextStep !== null && nextAt !== null)
    return `Next: ${nextStep} on ${formatInstant(Date.parse(nextAt), true)} (${nextAt}).`;
  return stage === 'closed' || stage === 'recovered'
    ? 'No case stays open: nothing is owed.'
    : 'Nothing is planned.';
}
