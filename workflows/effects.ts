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
  type ActivityOptions,
} from '@temporalio/workflow';
import type { EffectActivities, RecordActivities } from '../activities/index.js';
import type { OwnFacts } from '../activities/standing.js';
import type { AccountId } from '../src/domain/ids.js';
import type { CaseFile } from '../src/domain/case-file.js';
import type { Act, Outcome } from '../src/domain/effect.js';
import type { Grounds, Standing } from '../src/domain/standing.js';
import type { Mailbox, Message } from './mailbox.js';
import type { Life } from './life.js';
import { effectTaskQueue } from './messages.js';

// Each failure says for itself whether a retry can help: `activities/failures.ts`.
const retry = { initialInterval: '1s', maximumInterval: '2 minutes' };

// A worker that dies in one of these is missed after its last heartbeat, not only when all the time is over.
const heartbeatTimeout = '10s';

// Few tries: an outage of the mail server or of Stripe is sat out asleep, where people's orders are obeyed.
const { sendNotice, retryPayments, requestApproval } = proxyActivities<EffectActivities>({
  taskQueue: effectTaskQueue,
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout,
  retry: { ...retry, maximumAttempts: 4 },
});

const reading: ActivityOptions = {
  taskQueue: effectTaskQueue,
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout,
  retry,
};
const { readFacts, readOwnFacts } = proxyActivities<EffectActivities>(reading);

// A person who orders something waits for his answer, and some orders must not wait for Stripe at all.
const { readFacts: readFactsSoon } = proxyActivities<EffectActivities>({
  ...reading,
  scheduleToCloseTimeout: '10 seconds',
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

/** What a look has shown; without a standing when it was not Stripe's turn. */
export type Sight = OwnFacts & { readonly standing: Standing | null };

/**
 * Reads the facts, for as long as it takes. `null`: a person has ordered something meanwhile, Stripe does not answer, and the
 * case knows enough to obey. A case that begins with an order to restrict doesn't ask Stripe before it has obeyed.
 */
export async function look(
  account: AccountId,
  life: Life | null,
  messages: readonly Message[],
  mailbox: Mailbox,
): Promise<Sight | null> {
  const request = { account, caseId: life?.file.id ?? null };
  if (life === null || life.standing === null)
    return messages.some(isContainment)
      ? { ...(await readOwnFacts(request)), standing: null }
      : readFacts(request);
  const isOrdered = messages.some(({ kind }) => kind === 'order');
  try {
    return await (isOrdered
      ? readFactsSoon(request)
      : unless(
          () => mailbox.ordered,
          () => readFacts(request),
        ));
  } catch (failure) {
    if (CancellationScope.current().consideredCancelled || !isCutShort(failure)) throw failure;
    return null;
  }
}

const isContainment = (message: Message) => message.kind === 'order' && message.request.kind === 'restrict';

/** Performs one act and says how it ended. Whatever went wrong is an outcome, so the loop stays the only place that decides. */
export async function perform({ file }: Life, act: Act, mailbox: Mailbox): Promise<Outcome> {
  const order = { key: keyOf(file, act), policyVersion: file.policyVersion, grounds: groundsOf(file, act) };
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
        return await unlessStopped(() => restrictAccount({ ...order, act }));
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

/** Runs something that is cancelled once `isStopped`, and waits until it has really stopped. */
async function unless<T>(isStopped: () => boolean, work: () => Promise<T>): Promise<T> {
  const working = new CancellationScope();
  const watching = new CancellationScope();
  const watch = watching.run(() => condition(isStopped));
  watch.then(
    () => working.cancel(),
    () => undefined, // The watch itself is only ever ended by the line below, when the work is over.
  );
  try {
    return await working.run(work);
  } finally {
    watching.cancel();
  }
}

const isCutShort = (failure: unknown) =>
  isCancellation(failure) ||
  (failure instanceof ActivityFailure && failure.cause instanceof TimeoutFailure) ||
  // What Stripe answered last stands in for the timeout, when that comes between two tries.
  (failure instanceof ActivityFailure &&
    failure.cause instanceof ApplicationFailure &&
    failure.cause.nonRetryable !== true);

/** Of what is only said nothing stands half-way. */
const isTold = ({ step }: Act) => step === 'remind' || step === 'ask' || step === 'close';

/** Cancelled, timed out and outdated acts may stand half-way; any other failure is final until the next try. */
function outcomeOf(act: Act, failure: unknown): Outcome {
  if (CancellationScope.current().consideredCancelled) throw failure;
  if (isCancellation(failure)) return { status: 'interrupted' };
  if (!(failure instanceof ActivityFailure)) throw failure;
  if (failure.cause instanceof TimeoutFailure)
    return isTold(act) ? { status: 'failed', code: 'TIMEOUT' } : { status: 'interrupted' };
  const code = failure.cause instanceof ApplicationFailure ? (failure.cause.type ?? 'UNKNOWN') : 'UNKNOWN';
  return code === 'FENCED' ? { status: 'interrupted' } : { status: 'failed', code };
}
