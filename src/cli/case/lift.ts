import { Option, type Command } from 'commander';
import { readRevocation } from '../../db/queries/revocations.js';
import { mustFind } from '../account/find.js';
import { withDatabase } from '../environment.js';
import { CommandFailure } from '../output.js';
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
  if (restriction === 'manual') await mustNotBeOfDrill(word);
  const input = { ...signatureOf(flags), restriction };
  await give(word, { kind: 'lift', input }, `What was taken (${restriction}) is given back now.`, flags);
}

/** Of what only reaches access no case knows, so none could give it back. */
async function mustNotBeOfDrill(word: string): Promise<void> {
  const { accessOnly } = await withDatabase(async (db) => readRevocation(db, (await mustFind(db, word)).id));
  if (accessOnly)
    throw new CommandFailure(
      'refused',
      'refused: a fire drill has its access. Give that back by the result of the drill, with `forbear fire-drill RESULT --undo`',
    );
}
