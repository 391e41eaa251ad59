import { ApplicationFailure, condition, currentUpdateInfo, setHandler, uuid4 } from '@temporalio/workflow';
import type { UpdateDefinition } from '@temporalio/common';
import type { HoldReason } from '../src/domain/effect.js';
import { noEvidence } from '../src/domain/decisions.js';
import { ruleOn, type OrderRequest } from '../src/domain/orders.js';
import { nextStepOf } from '../src/domain/timetable.js';
import type { Life } from './life.js';
import {
  approveUpdate,
  billingChanged,
  brakeReleased,
  caseFileQuery,
  exemptUpdate,
  extendGraceSignal,
  extendGraceUpdate,
  liftUpdate,
  paymentFailed,
  paymentSucceeded,
  promiseUpdate,
  recheckUpdate,
  reissuePolicyUpdate,
  rejectUpdate,
  restrictUpdate,
  type OrderAnswer,
} from './messages.js';
import { readOrder } from './orders.js';

/** `taken` is told whether the case took an order up, or why not. */
export type Message =
  | { readonly kind: 'event' }
  | { readonly kind: 'payment' }
  | { readonly kind: 'release'; readonly hold: HoldReason }
  | {
      readonly kind: 'order';
      readonly request: OrderRequest;
      readonly taken: (refusal: string | null) => void;
    }
  | { readonly kind: 'unreadable'; readonly text: string };

/** What came in and was not taken up yet. Handlers only put messages here; the loop takes them out. */
export type Mailbox = {
  put(message: Message): void;
  /** Takes everything out, in the order it came. */
  drain(): Message[];
  readonly waiting: boolean;
  /** Something that stops what is under way: a payment, or the order of a person. */
  readonly pressing: boolean;
  readonly ordered: boolean;
  /** An order to restrict, which waits for nothing that it doesn't need. */
  readonly contained: boolean;
};

export const isContainment = (message: Message): boolean =>
  message.kind === 'order' && message.request.kind === 'restrict';

export const isDecision = (
  request: OrderRequest,
): request is Extract<OrderRequest, { kind: 'approve' | 'reject' }> =>
  request.kind === 'approve' || request.kind === 'reject';

export const isReissue = (message: Message): boolean =>
  message.kind === 'order' && message.request.kind === 'reissuePolicy';

function createMailbox(): Mailbox {
  const messages: Message[] = [];
  // Counted, because they are asked for after every message, and thousands may come at once.
  let orders = 0;
  let containments = 0;
  let payments = 0;
  return {
    put: (message) => {
      messages.push(message);
      if (message.kind === 'order') orders += 1;
      if (isContainment(message)) containments += 1;
      if (message.kind === 'payment') payments += 1;
    },
    drain: () => {
      orders = 0;
      containments = 0;
      payments = 0;
      return messages.splice(0);
    },
    get waiting() {
      return messages.length > 0;
    },
    get ordered() {
      return orders > 0;
    },
    get contained() {
      return containments > 0;
    },
    get pressing() {
      return orders + payments > 0;
    },
  };
}

/** Opens the mailbox of a run and registers every message a case can get. `life` tells what is known of the case so far. */
export function openMailbox(life: () => Life | null): Mailbox {
  const mailbox = createMailbox();
  setHandler(paymentFailed, () => mailbox.put({ kind: 'event' }));
  setHandler(billingChanged, () => mailbox.put({ kind: 'event' }));
  setHandler(paymentSucceeded, () => mailbox.put({ kind: 'payment' }));
  setHandler(brakeReleased, (hold) => mailbox.put({ kind: 'release', hold }));
  setHandler(extendGraceSignal, (input) => {
    const request = readOrder('extendGrace', input, uuid4());
    mailbox.put(
      typeof request === 'string'
        ? { kind: 'unreadable', text: `extendGrace refused: ${request}` }
        : { kind: 'order', request, taken: () => undefined },
    );
  });
  setHandler(caseFileQuery, () => {
    const known = life();
    return known === null ? null : { file: known.file, next: known.next };
  });
  const onOrder = <Input>(
    definition: UpdateDefinition<OrderAnswer, [Input]>,
    kind: OrderRequest['kind'],
  ): void =>
    setHandler(definition, (input: Input) => obeyAndAnswer(mailbox, life, kind, input), {
      validator: (input: Input) => validate(life(), kind, input),
    });
  onOrder(extendGraceUpdate, 'extendGrace');
  onOrder(exemptUpdate, 'exempt');
  onOrder(approveUpdate, 'approve');
  onOrder(rejectUpdate, 'reject');
  onOrder(restrictUpdate, 'restrict');
  onOrder(liftUpdate, 'lift');
  onOrder(promiseUpdate, 'promise');
  onOrder(recheckUpdate, 'recheck');
  onOrder(reissuePolicyUpdate, 'reissuePolicy');
  return mailbox;
}

/**
 * Throws the sentence that tells the sender what is wrong. A case that is just opening takes the order and rules on it then;
 * one that an earlier run has taken already is answered once more.
 */
function validate(life: Life | null, kind: OrderRequest['kind'], input: unknown): void {
  const request = readOrder(kind, input, currentUpdateInfo()?.id ?? 'validation');
  if (typeof request === 'string') throw new Error(request);
  if (life === null || life.file.orders.includes(request.id)) return;
  const { file, policy, standing } = life;
  // The loop rules on it again, once Stripe was read.
  if (standing === null || !standing.complete) return;
  const ruling = ruleOn(file, request, { policy, standing, now: Date.now() });
  if ('refusal' in ruling) throw new Error(ruling.refusal);
  // Not for the loop to rule on: decisions that earlier versions took had no evidence.
  if (isDecision(request) && request.code === undefined && request.proof === undefined)
    throw new Error(noEvidence);
}

async function obeyAndAnswer(
  mailbox: Mailbox,
  life: () => Life | null,
  kind: OrderRequest['kind'],
  input: unknown,
): Promise<OrderAnswer> {
  const request = readOrder(kind, input, currentUpdateInfo()?.id ?? uuid4());
  if (typeof request === 'string') throw ApplicationFailure.nonRetryable(request);
  const answers: (string | null)[] = [];
  mailbox.put({ kind: 'order', request, taken: (refusal) => void answers.push(refusal) });
  await condition(() => answers.length > 0);
  const [refusal = null] = answers;
  if (refusal !== null) throw ApplicationFailure.nonRetryable(refusal);
  const known = life();
  if (known === null) throw ApplicationFailure.nonRetryable('the case has closed: look at it again');
  const { file, policy } = known;
  const next = nextStepOf(file, policy, Date.now());
  return {
    stage: file.stage,
    nextStep: next?.step ?? null,
    nextAt: next === null ? null : new Date(next.at).toISOString(),
  };
}
