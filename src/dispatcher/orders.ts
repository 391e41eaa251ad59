import {
  ApplicationFailure,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
} from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import type { AccountId } from '../domain/ids.js';
import {
  approveUpdate,
  delinquentAccountType,
  exemptUpdate,
  extendGraceUpdate,
  liftUpdate,
  promiseUpdate,
  recheckUpdate,
  reissuePolicyUpdate,
  rejectUpdate,
  restrictUpdate,
  workflowIdOf,
  type DecisionInput,
  type ExemptInput,
  type GraceInput,
  type LiftInput,
  type OrderAnswer,
  type PromiseInput,
  type RestrictInput,
} from '../../workflows/messages.js';
import { startOf, type Named } from './start.js';

type OrderInputs = {
  readonly extendGrace: GraceInput;
  readonly exempt: ExemptInput;
  readonly approve: DecisionInput;
  readonly reject: DecisionInput;
  readonly restrict: RestrictInput;
  readonly lift: LiftInput;
  readonly promise: PromiseInput;
  readonly recheck: { readonly reason: string; readonly by?: string };
  readonly reissuePolicy: { readonly reason: string; readonly by?: string };
};
export type OrderKind = keyof OrderInputs;

/** What a person wants. Sent again under its `id`, it is the same order. */
export type Order<Kind extends OrderKind = OrderKind> = {
  readonly [K in Kind]: { readonly kind: K; readonly id: string; readonly input: OrderInputs[K] };
}[Kind];

/** `no_case`: nothing runs that could obey. `no_answer`: nobody knows yet whether it was taken. */
export type OrderResult =
  | { readonly status: 'taken'; readonly answer: OrderAnswer }
  | { readonly status: 'refused'; readonly why: string }
  | { readonly status: 'no_case' }
  | { readonly status: 'no_answer' };

export type Addressee = Named & { readonly id: AccountId };

export type Orders = {
  /**
   * Sends a person's order to the account's case and waits for what becomes of it, at most 15 s. Where no case runs, what
   * makes sense for a healthy account starts one, and any order with `starts`, for whoever knows that a case is open
   * without a run. Rejects when Temporal can't be reached.
   */
  send(to: Addressee, order: Order, how?: { readonly starts: boolean }): Promise<OrderResult>;
};

const updates = {
  extendGrace: extendGraceUpdate,
  exempt: exemptUpdate,
  approve: approveUpdate,
  reject: rejectUpdate,
  restrict: restrictUpdate,
  lift: liftUpdate,
  promise: promiseUpdate,
  recheck: recheckUpdate,
  reissuePolicy: reissuePolicyUpdate,
};

// People wait for the answer; without a worker there is none, and the update is lost.
const answerWithinMs = 15_000;

// A case that is just closing is gone after a moment, and the next try starts a new one.
const mostTries = 5;
const triesApartMs = 300;

export function createOrders(client: Client): Orders {
  return {
    async send(to, order, how) {
      const deadline = Date.now() + answerWithinMs;
      const starts = how?.starts === true || canStart(order);
      const attempt = () => (starts ? sendOrStart(client, to, order) : sendToCase(client, to, order));
      for (let tries = 1; ; tries += 1) {
        const result = await client.connection.withDeadline(deadline, attempt).then(taken, resultOf);
        if (!starts || result.status !== 'no_case' || tries === mostTries) return result;
        await new Promise((resolve) => setTimeout(resolve, triesApartMs));
      }
    },
  };
}

/** Whether an order means something to an account that is in no trouble. */
function canStart(order: Order): boolean {
  switch (order.kind) {
    case 'exempt':
    case 'restrict':
    case 'recheck':
      return true;
    case 'lift':
      return order.input.restriction === 'manual';
    case 'extendGrace':
    case 'approve':
    case 'reject':
    case 'promise':
    case 'reissuePolicy':
      return false;
  }
}

function sendToCase(client: Client, { id: account }: Addressee, { kind, id, input }: Order) {
  const handle = client.workflow.getHandle(workflowIdOf(account));
  return handle.executeUpdate<OrderAnswer, [unknown]>(updates[kind].name, { updateId: id, args: [input] });
}

function sendOrStart(client: Client, { id: account, ref, name }: Addressee, { kind, id, input }: Order) {
  // One operation object serves one call.
  const startWorkflowOperation = new WithStartWorkflowOperation(
    delinquentAccountType,
    startOf(account, { ref, name }),
  );
  return client.workflow.executeUpdateWithStart<Workflow, OrderAnswer, [unknown]>(updates[kind].name, {
    updateId: id,
    args: [input],
    startWorkflowOperation,
  });
}

const taken = (answer: OrderAnswer): OrderResult => ({ status: 'taken', answer });

function resultOf(error: unknown): OrderResult {
  if (isGone(error)) return { status: 'no_case' };
  if (error instanceof WorkflowUpdateFailedError)
    return { status: 'refused', why: error.cause?.message ?? error.message };
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return { status: 'no_answer' };
  throw error;
}

// gRPC's NOT_FOUND and ABORTED: the run ended while the update was on its way into it. What an update-with-start comes
// back with then is none of the SDK's own errors (1.24).
const goneCodes: readonly unknown[] = [5, 10];

/** The case is closed, or is closing under the order: it can't be taken there any more. */
function isGone(error: unknown): boolean {
  if (error instanceof WorkflowNotFoundError || error instanceof WorkflowExecutionAlreadyStartedError)
    return true;
  if (!(error instanceof WorkflowUpdateFailedError))
    return [error, causeOf(error)].some((one) => goneCodes.includes(codeOf(one)));
  const { cause } = error;
  const isEnded = cause instanceof ApplicationFailure && cause.type === 'AcceptedUpdateCompletedWorkflow';
  return isEnded || /^the case (is|has) closed/.test(cause?.message ?? '');
}

const causeOf = (error: unknown) => (error instanceof Error ? error.cause : undefined);
const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined);
