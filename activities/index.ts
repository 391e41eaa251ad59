import type { Logger } from '../src/ports/logger.js';
import { createCaseRecordActivities } from './case-record.js';
import { createDecommissionActivities, type DecommissionDeps } from './decommission.js';
import { createFireDrillActivities, type FireDrillDeps } from './fire-drill.js';
import { finalForActs, finalForReads, withFailureCodes } from './failures.js';
import { createGivingBackActivities, type GivingBackDeps } from './giving-back.js';
import { withHeartbeat } from './heartbeat.js';
import { createNoticeActivities, type NoticeDeps } from './notices.js';
import { createPaymentActivities, type PaymentDeps } from './payments.js';
import { createStandingActivities, type StandingDeps } from './standing.js';
import { createSweepActivities, type SweepDeps } from './sweep.js';
import { createTakingActivities, type TakingDeps } from './taking.js';

export type ActivityDeps = StandingDeps &
  NoticeDeps &
  TakingDeps &
  GivingBackDeps &
  DecommissionDeps &
  PaymentDeps &
  SweepDeps &
  FireDrillDeps & { readonly logger: Logger };

/** Activities that ask Stripe or act on the world; they run on the task queue whose rate is limited. */
export function createEffectActivities(deps: ActivityDeps) {
  const reads = {
    ...createStandingActivities(deps),
    ...createSweepActivities(deps),
    ...createFireDrillActivities(deps),
  };
  const acts = {
    ...createNoticeActivities(deps),
    ...createTakingActivities(deps),
    ...createGivingBackActivities(deps),
    ...createDecommissionActivities(deps),
    ...createPaymentActivities(deps),
  };
  return {
    ...withFailureCodes(deps.logger, finalForReads, withHeartbeat(reads)),
    ...withFailureCodes(deps.logger, finalForActs, withHeartbeat(acts)),
  };
}

/** Activities that only write our own database; they run beside the workflow, as local activities. */
export function createRecordActivities(deps: ActivityDeps) {
  return withFailureCodes(deps.logger, [], createCaseRecordActivities(deps));
}

export type EffectActivities = ReturnType<typeof createEffectActivities>;
export type RecordActivities = ReturnType<typeof createRecordActivities>;
