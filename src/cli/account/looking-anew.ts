import { isInTrouble } from '../../db/queries/dispatch.js';
import type { Db } from '../../db/client.js';
import type { Addressee } from '../../dispatcher/orders.js';
import { withTemporal } from '../environment.js';
import { CommandFailure } from '../output.js';

/** Those of the accounts, each once, that have an open case, or of which something is taken: only they have anything to look for. */
export async function inTrouble(db: Db, accounts: readonly Addressee[]): Promise<Addressee[]> {
  const unique = [...new Map(accounts.map((account) => [account.id, account])).values()];
  const found: Addressee[] = [];
  for (const account of unique) if (await isInTrouble(db, account.id)) found.push(account);
  return found;
}

/**
 * What is true of accounts has changed: their cases look at Stripe; where none runs one looks and ends. Without Temporal it
 * says with which words, as `reason`, that can be made up for.
 */
export async function lookAnew(accounts: readonly Addressee[], reason: string): Promise<void> {
  if (accounts.length === 0) return;
  const { createSignaller, SignallerUnreachable } = await import('../../dispatcher/signaller.js');
  await withTemporal(async (client) => {
    const signaller = createSignaller(client);
    for (const [told, { id, ref, name }] of accounts.entries()) {
      await signaller.signal(id, 'billingChanged', [], { ref, name }).catch((error: unknown) => {
        if (!(error instanceof SignallerUnreachable)) throw error;
        throw notTold(accounts.slice(told), reason);
      });
    }
  });
}

function notTold(accounts: readonly Addressee[], reason: string): CommandFailure {
  const commands = accounts.map(({ ref }) => `\`forbear case recheck ${ref} --reason "${reason}"\``);
  return new CommandFailure(
    'failed',
    `this is written, but Temporal does not answer, so no case knows: once it does, run ${commands.join(' and ')}`,
  );
}
