import type { Client } from '@temporalio/client';
import type { readApproversConfig } from './config-approvers.js';
import type { Db } from './db/client.js';
import { drillKind, planList, readDrill, readResults, startDrill } from './db/queries/drill-lists.js';
import { startFireDrill } from './dispatcher/fire-drill.js';
import { drillApprovalMs } from './domain/drill.js';
import { actsOf } from './drill/plan.js';
import { askInBulk } from './guard/ask-bulk.js';
import type { FireDrillRouteDeps } from './http/routes/fire-drills.js';
import { bulkAsking } from './wiring-bulk.js';

type ApproversConfig = ReturnType<typeof readApproversConfig>;

/** What the api's fire drills are given. */
export function drillsOfApi(config: ApproversConfig, db: Db, temporal: Client): FireDrillRouteDeps['drills'] {
  return {
    plan: (bytes, column, wish) => planList(db, bytes, column, wish),
    ask: (planned, { access, by, reason }) =>
      askInBulk(bulkAsking(config, db), {
        kind: drillKind,
        acts: actsOf(planned, access),
        askedBy: by,
        reason,
        expiresAt: Date.now() + drillApprovalMs,
      }),
    async start(planned, signed) {
      const started = await startDrill(db, planned, signed);
      if ('id' in started) await startFireDrill(temporal, started.id);
      return started;
    },
    read: (drill) => readDrill(db, drill),
    results: (drill) => readResults(db, drill),
  };
}
