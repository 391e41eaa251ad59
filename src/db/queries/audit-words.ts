import { and, eq, isNotNull, sql } from 'drizzle-orm';
import type { AccountId } from '../../domain/ids.js';
import { appendAudit } from '../audit.js';
import type { Db } from '../client.js';
import { auditWords } from '../schema.js';
import { lockAccount } from './ledger.js';
import type { Signed } from './notes.js';

/** The status of the entry that says that words were erased. */
export const wordsErased = 'words_erased';

/**
 * Erases what people said in the audit log of an account, with their names, and notes that and who did it: that stays, until it
 * is erased in its turn. Returns of how many entries the words are gone; where there were none, nothing is noted.
 */
export async function eraseWords(db: Db, account: AccountId, signed: Signed): Promise<number> {
  return db.transaction(async (tx) => {
    const { now: at } = await lockAccount(tx, account);
    const gone = await tx
      .update(auditWords)
      .set({ words: null, erasedAt: sql`clock_timestamp()` })
      .where(and(eq(auditWords.account, account), isNotNull(auditWords.words)))
      .returning({ id: auditWords.id });
    if (gone.length === 0) return 0;
    const body = {
      status: wordsErased,
      text: `words of ${gone.length} entries erased`,
      entries: gone.length,
    };
    await appendAudit(tx, {
      account,
      kind: 'note',
      effect: `${account}/words`,
      body,
      words: { ...signed },
      at,
    });
    return gone.length;
  });
}
