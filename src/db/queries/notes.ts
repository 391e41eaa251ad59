import { randomUUID } from 'node:crypto';
import type { AccountId } from '../../domain/ids.js';
import { appendAudit } from '../audit.js';
import type { Executor } from '../client.js';
import { lockAccount } from './ledger.js';

/** Who wants it, and why. */
export type Signed = { readonly by: string; readonly reason: string };

/** What a person has changed. */
type Note = Signed & { readonly kind: string; readonly text: string };

/** Notes in the account's audit log what a person has changed about it. Holds the account until the transaction ends. */
export async function noteOrder(tx: Executor, account: AccountId, note: Note): Promise<void> {
  const { now: at } = await lockAccount(tx, account);
  const { kind, ...words } = note;
  const effect = `order/${randomUUID()}`;
  await appendAudit(tx, { account, kind: 'order', effect, body: { kind }, words, at });
}
