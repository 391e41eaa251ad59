import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { EffectActivities, RecordActivities } from '../activities/index.js';
import type { CaseFile } from '../src/domain/case-file.js';
import type { Act, Outcome } from '../src/domain/effect.js';
import type { Grounds } from '../src/domain/standing.js';
import type { Mailbox } from './mailbox.js';
import type { Life } from './life.js';
import { effectTaskQueue } from './messages.js';

// What no retry helps; the rest of the closed list is retried until it works or the activity finds nothing owed.
const finalCodes = [
  'UNKNOWN_ACCOUNT',
  'UNKNOWN_POLICY',
  'BILLING_REFUSED',
  'TARGET_REFUSED',
  'MAIL_REFUSED',
  'FENCED',
];
const retry = { initialInterval: '1s', maximumInterval: '2 minutes', nonRetryableErrorTypes: finalCodes };

const { sendNotice, retryPayments, requestApproval } = proxyActivities<EffectActivities>({
  taskQueue: effectTaskQueue,
  startToCloseTimeout: '2 minutes',
  retry,
});

// A read has nothing better to do than to wait: a key that Stripe refuses today is mended tomorrow, and the case lives on.
const { readFacts } = proxyActivities<EffectActivities>({
  taskQueue: effectTaskQueue,
  startToCloseTimeout: '2 minutes',
  retry: { ...retry, nonRetryableErrorTypes: ['UNKNOWN_ACCOUNT'] },
});

// A short heartbeat: a payment cancels what is being taken in the answer to one, so 5 s means about 2 s, and 60 s meant 18.
const { limitAccess, pauseResources, restrictAccount, decommissionResources } =
  proxyActivities<EffectActivities>({
    taskQueue: effectTaskQueue,
    startToCloseTimeout: '1 hour',
    heartbeatTimeout: '5s',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
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

export { readFacts, recordCase };

/** Performs one act and says how it ended. Whatever went wrong is an outcome, so the loop stays the only place that decides. */
export async function perform({ file }: Life, act: Act, mailbox: Mailbox): Promise<Outcome> {
  const order = { key: keyOf(file, act), policyVersion: file.policyVersion, grounds: groundsOf(file, act) };
  try {
    switch (act.step) {
      case 'remind':
      case 'close':
        return await sendNotice({ ...order, act });
      case 'limit':
        return await unlessPaid(mailbox, () => limitAccess({ ...order, act }));
      case 'pause':
        return await unlessPaid(mailbox, () => pauseResources({ ...order, act }));
      case 'ask':
        return await requestApproval({ ...order, act });
      case 'decommission':
        return await unlessPaid(mailbox, () => decommissionResources({ ...order, act }));
      case 'retry':
        return await retryPayments({ ...order, act });
      case 'restrict':
        return await restrictAccount({ ...order, act });
      case 'unrestrict':
        return await unrestrictAccount({ ...order, act });
      case 'lift':
        return await (act.leaves === 'ended'
          ? sendNotice({ ...order, act })
          : liftRestriction({ ...order, act }));
    }
  } catch (failure) {
    return outcomeOf(failure);
  }
}

const keyOf = (file: CaseFile, act: Act) => ({
  account: file.account,
  caseId: file.id,
  step: act.step,
  round: act.round,
});

/** What the guard has to compare with what it reads itself. */
function groundsOf({ anchorAt, forgiven, agreement }: CaseFile, act: Act): Grounds {
  const isOfNoDebt = act.step === 'remind' && act.topic === 'confirm';
  return { anchorAt: isOfNoDebt ? null : anchorAt, forgiven, agreement };
}

/** Runs an act that a payment cancels, and waits until it has really stopped. */
async function unlessPaid(mailbox: Mailbox, act: () => Promise<Outcome>): Promise<Outcome> {
  const acting = new CancellationScope();
  const watching = new CancellationScope();
  const watch = watching.run(() => condition(() => mailbox.paymentWaiting));
  watch.then(
    () => acting.cancel(),
    () => undefined, // The watch itself is only ever ended by the line below, when the act is over.
  );
  try {
    return await acting.run(act);
  } finally {
    watching.cancel();
  }
}

/** Cancelled, timed out and outdated acts may stand half-way; any other failure is final until the next try. */
function outcomeOf(failure: unknown): Outcome {
  if (CancellationScope.current().consideredCancelled) throw failure;
  if (isCancellation(failure)) return { status: 'interrupted' };
  if (!(failure instanceof ActivityFailure)) throw failure;
  if (failure.cause instanceof TimeoutFailure) return { status: 'interrupted' };
  const code = failure.cause instanceof ApplicationFailure ? (failure.cause.type ?? 'UNKNOWN') : 'UNKNOWN';
  return code === 'FENCED' ? { status: 'interrupted' } : { status: 'failed', code };
}
