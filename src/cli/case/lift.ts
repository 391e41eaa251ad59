import { Option, type Command } from 'commander';
import { signatureOf } from '../signature.js';
import { give, orderCommand, signed, type OrderFlags } from './order.js';

type LiftFlags = OrderFlags & { readonly restriction: 'nonpayment' | 'manual' };

/** `forbear case lift`. */
export function liftCommand(): Command {
  const what =
    'what is given back: `nonpayment` as a courtesy, the debt stands; `manual` what was restricted by hand';
  const restriction = new Option('--restriction <restriction>', what).choices(['nonpayment', 'manual']);
  const command = orderCommand(
    'lift',
    'give back what was taken, although it is not paid or was taken by hand',
  );
  return signed(command.addOption(restriction.makeOptionMandatory())).action(lift);
}

async function lift(word: string, flags: LiftFlags): Promise<void> {
  const { restriction } = flags;
  const input = { ...signatureOf(flags), restriction };
  await give(word, { kind: 'lift', input }, `What was taken (${restriction}) is given back now.`, flags);
}
