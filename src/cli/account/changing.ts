import type { Command } from 'commander';
import type { AccountRow } from '../../db/queries/accounts.js';
import type { Signed } from '../../db/queries/notes.js';
import type { Db } from '../../db/client.js';
import { withDatabase } from '../environment.js';
import { print, printJson } from '../output.js';
import { signatureOf } from '../signature.js';
import { mustFind } from './find.js';

export type ChangeFlags = { readonly reason?: string; readonly by?: string; readonly json?: boolean };

/** Lets a command ask who and, where it need not, why. */
export function signedFreely(command: Command): Command {
  return command
    .option('--reason <reason>', 'why; it stands in the audit log')
    .option('--by <name>', 'who (default: you)')
    .option('--json', 'for programs');
}

/** Who and why, where a reason may be left out. */
export function signedBy({ reason, by }: ChangeFlags): Signed {
  if (reason !== undefined) return signatureOf({ reason, ...(by !== undefined && { by }) });
  return { by: signatureOf({ reason: 'none', ...(by !== undefined && { by }) }).by, reason: '' };
}

/** Changes the account that `word` names, says what has come of it, and returns it. */
export async function change<T extends object>(
  word: string,
  { json }: ChangeFlags,
  work: (db: Db, account: AccountRow) => Promise<T>,
  say: (account: AccountRow, result: T) => string,
): Promise<AccountRow> {
  const { account, result } = await withDatabase(async (db) => {
    const found = await mustFind(db, word);
    return { account: found, result: await work(db, found) };
  });
  if (json) printJson({ ref: account.ref, ...result });
  else print(say(account, result));
  return account;
}
