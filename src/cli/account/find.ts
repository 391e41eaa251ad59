import { findAccount, type AccountRow } from '../../db/queries/accounts.js';
import type { Db } from '../../db/client.js';
import { CommandFailure } from '../output.js';

/** The account that a word names; exit code 3 when there is none. */
export async function mustFind(db: Db, word: string): Promise<AccountRow> {
  const account = await findAccount(db, word);
  if (account !== null) return account;
  throw new CommandFailure(
    'notFound',
    `no account is "${word}": give its ref, our id or a Stripe customer (\`forbear account list\` shows them)`,
  );
}
