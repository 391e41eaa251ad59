import { eq } from 'drizzle-orm';
import type { Exemption, Immunity } from '../../domain/case-file.js';
import type { AccountId } from '../../domain/ids.js';
import type { Db } from '../client.js';
import { access } from '../schema.js';

/** What people have granted an account beyond any one case. */
export type Terms = {
  readonly exemption: Exemption | null;
  readonly immunity: Immunity | null;
  readonly forgiven: readonly string[];
};

export async function readTerms(db: Db, account: AccountId): Promise<Terms> {
  const [row] = await db
    .select({ exemption: access.exemption, immunity: access.immunity, forgiven: access.forgiven })
    .from(access)
    .where(eq(access.account, account));
  return row ?? { exemption: null, immunity: null, forgiven: [] };
}
