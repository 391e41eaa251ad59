import type { AccountId } from '../../domain/ids.js';
import type { Account, Accounts } from '../../ports/cases.js';
import { PortError } from '../../ports/errors.js';

export type MemoryAccounts = Accounts & {
  /** Adds an account, or replaces the one of the same id. */
  put(account: Account): void;
};

/** Accounts in memory. For tests and the simulator. */
export function createMemoryAccounts(): MemoryAccounts {
  const accounts = new Map<AccountId, Account>();
  async function read(id: AccountId): Promise<Account> {
    await Promise.resolve();
    const account = accounts.get(id);
    if (account === undefined) throw new PortError('UNKNOWN_ACCOUNT', `no account has the id ${id}`);
    return account;
  }
  return {
    put: (account) => void accounts.set(account.id, account),
    read,
    async noteRefused(id, _, recipients) {
      const account = await read(id);
      const contacts = account.contacts.filter((contact) => !recipients.includes(contact));
      accounts.set(id, { ...account, contacts });
      return read(id);
    },
  };
}
