import { desc, eq } from 'drizzle-orm';
import type { AccountId } from '../../domain/ids.js';
import type { Access } from '../../domain/restrictions.js';
import type { Instant } from '../../domain/time.js';
import type { Db } from '../client.js';
import { access, cases } from '../schema.js';

/** How far the restriction by hand of an account is. */
export type RevocationState = {
  /** What the restriction by hand leaves; `null` while there is none. */
  readonly access: Access | null;
  /** It reaches access alone, and no case has to do with it. */
  readonly accessOnly: boolean;
  /** Its case is carrying it out, or giving it back. */
  readonly isAtWork: boolean;
  /** When the case tries again what was held or has failed. */
  readonly retryAt: Instant | null;
  readonly lastRemark: string | null;
};

export async function readRevocation(db: Db, account: AccountId): Promise<RevocationState> {
  const [row] = await db
    .select({ restrictions: access.restrictions })
    .from(access)
    .where(eq(access.account, account));
  const [newest] = await db
    .select({ file: cases.file })
    .from(cases)
    .where(eq(cases.account, account))
    .orderBy(desc(cases.openedAt))
    .limit(1);
  const manual = row?.restrictions.find(({ reason }) => reason === 'manual');
  const ordered = newest?.file.closedAt === null ? newest.file.manual : null;
  return {
    access: manual?.access ?? null,
    accessOnly: manual?.accessOnly ?? false,
    isAtWork: ordered !== null && ordered.state !== 'imposed',
    retryAt: newest?.file.manual?.retryAt ?? null,
    lastRemark: newest?.file.remarks.at(-1)?.text ?? null,
  };
}
