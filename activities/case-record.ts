import type { CaseFile } from '../src/domain/case-file.js';
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
     * the last time into the audit log. Safe to repeat, also late.
     */
    async recordCase(
      file: CaseFile,
      next: NextStep | null,
      at: Instant,
      orders: readonly OrderRecord[],
    ): Promise<void> {
      await claims.keepOrders(file.account, file.id, orders);
      await cases.save(file, next, at);
    },
  };
}
