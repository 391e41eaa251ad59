import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { EffectActivities, RecordActivities } from '../activities/index.js';
import type { CaseFile } from '../src/domain/case-file.js';
import type { Act, Outcome } from '../src/domain/effect.js';
import type { SparseGrounds } from '../src/domain/standing.js';
import type { Life } from './life.js';
import type { Mailbox } from './mailbox.js';
import { effectTaskQueue } from './messages.js';
import { unless } from './unless.js';

// Each failure says for itself whether a retry can help: `activities/failures.ts`.
export const retry = { initialInterval: '1s', maximumInterval: '2 minutes' };

// A worker that dies in one of these is missed after its last heartbeat, not only when all the time is over.
export const heartbeatTimeout = '10s';

// Few tries: an outage of the mail server or of Stripe is sat out asleep, where people's orders are obeyed.
const { sendNotice, retryPayments, requestApproval } = proxyActivities<EffectActivities>({
  taskQueue: effectTaskQueue,
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout,
  retry: { initialInterval: '1s', maximumAttempts: 4 },
});

// What is being taken has to have stopped before the case turns to something else.
const atRest = { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED };

// A short heartbeat: a payment cancels what is being taken in the answer to one, so 5 s means about 2 s, and 60 s meant 18.
const { limitAccess, pauseResources, restrictAccount } = proxyActivities<EffectActivities>({
  taskQueue: effectTaskQueue,
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '5s',
  ...atRest,
  retry,
});

// Archives of a large account take hours, and a try that is cut off begins with the first of them.
const { decommissionResources } = proxyActivities<EffectActivities>({
  taskQueue: effectTaskQueue,
  startToCloseTimeout: '2 days',
  heartbeatTimeout: '5s',
  ...atRest,
  retry,
});

// Giving back is tried again sooner than anything else.
const { liftRestriction, unrestrictAccount } = proxyActivities<EffectActivities>({
  taskQueue: effectTaskQueue,
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '5s',
  retry: { ...retry, maximumInterval: '15s' },
});

const { recordCase } = proxyLocalActivities<RecordActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '500ms', maximumInterval: '1 minute' },
});

export { recordCase };

/** Performs one act and says how it ended. Whatever went wrong is an outcome, so the loop stays the only place that decides. */
export async function perform({ file }: Life, act: Act, mailbox: Mailbox): Promise<Outcome> {
  const { account, id: caseId, policyVersion } = file;
  const order = { account, caseId, policyVersion, grounds: groundsOf(file, act) };
  // A payment or a person's order stops what is being taken.
  const unlessStopped = (act: () => Promise<Outcome>) => unless(() => mailbox.pressing, act);
  try {
    switch (act.step) {
      case 'remind':
        return await sendNotice({ ...order, act });
      case 'limit':
        return await unlessStopped(() => limitAccess({ ...order, act }));
      case 'pause':
        return await unlessStopped(() => pauseResources({ ...order, act }));
      case 'ask':
        return await requestApproval({ ...order, act });
      case 'decommission':
        return await unlessStopped(() => decommissionResources({ ...order, act }));
      case 'retry':
        return await retryPayments({ ...order, act });
      case 'restrict':
        // A payment has nothing to do with it.
        return await unless(
          () => mailbox.ordered,
          () => restrictAccount({ ...order, act }),
        );
      case 'unrestrict':
        return await unrestrictAccount({ ...order, act });
      case 'lift':
        return await (act.leaves === 'ended'
          ? sendNotice({ ...order, act })
          : liftRestriction({ ...order, act }));
      case 'close':
        return await sendNotice({ ...order, act });
    }
  } catch (failure) {
    return outcomeOf(act, failure);
  }
}

/** What the guard has to compare with what it reads itself. */
function groundsOf({ anchorAt, forgiven, agreement }: CaseFile, act: Act): SparseGrounds {
  const isOfNoDebt = act.step === 'remind' && act.topic === 'confirm';
  return {
    anchorAt: isOfNoDebt ? null : anchorAt,
    ...(forgiven.length > 0 && { forgiven }),
    ...(agreement !== null && { agreement }),
  };
}

/** Nothing of it can stand half-way: what is only said, and charges, each of which counts once however often it is tried. */
const isWholeOrNot = (act: Act) =>
  act.step === 'remind' ||
  act.step === 'ask' ||
  act.step === 'retry' ||
  act.step === 'close' ||
  (act.step === 'lift' && act.leaves === 'ended');

/** Cancelled, timed out and outdated acts may stand half-way; any other failure is final until the next try. */
function outcomeOf(act: Act, failure: unknown): Outcome {
  if (CancellationScope.current().consideredCancelled) throw failure;
  if (isCancellation(failure)) return { status: 'interrupted' };
  if (!(failure instanceof ActivityFailure)) throw failure;
  if (failure.cause instanceof TimeoutFailure)
    return isWholeOrNot(act) ? { status: 'failed', code: 'TIMEOUT' } : { status: 'interrupted' };
  const code = failure.cause instanceof ApplicationFailure ? (failure.cause.type ?? 'UNKNOWN') : 'UNKNOWN';
  return code === 'FENCED' ? { status: 'interrupted' } : { status: 'failed', code };
}
