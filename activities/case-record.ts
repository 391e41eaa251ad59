import type { CaseFile } from '../src/domain/case-file.js';
import type { Verdict } from '../src/domain/decisions.js';
import type { OrderRecord } from '../src/domain/orders.js';
import type { Instant } from '../src/domain/time.js';
import type { NextStep } from '../src/domain/timetable.js';
import type { Cases } from '../src/ports/cases.js';
import type { Claims } from '../src/ports/claims.js';

export type CaseRecordDeps = { readonly cases: Cases; readonly claims: Claims };

export function createCaseRecordActivities({ cases, claims }: CaseRecordDeps) {
  return {
    /**
     * Writes what the case says of itself into the projection, from which lists are read, and the orders it has taken since
     * the last time into the audit log. Safe to repeat, also late. Says what the guard found out about decisions: then the
     * case is not written down as it was, for it comes again at once without what did not count. Nothing: all is as taken.
     */
    async recordCase(
      file: CaseFile,
      next: NextStep | null,
      at: Instant,
      orders: readonly OrderRecord[],
    ): Promise<readonly Verdict[] | undefined> {
      const verdicts = await claims.keepOrders(file.account, file.id, orders);
      if (verdicts.length > 0) return verdicts;
      await cases.save(file, next, at);
      return undefined;
    },
  };
}
