import { ApplicationFailure, condition, currentUpdateInfo, setHandler, uuid4 } from '@temporalio/workflow';
import { ruleOnExtension, type ExtensionRequest } from '../src/domain/extend.js';
import { nextStepOf } from '../src/domain/timetable.js';
import {
  billingChanged,
  caseFileQuery,
  extendGraceSignal,
  extendGraceUpdate,
  paymentFailed,
  paymentSucceeded,
  readGraceInput,
  type GraceAnswer,
  type GraceInput,
} from './messages.js';
import type { Life } from './life.js';

export type Message = { readonly taken?: () => void } & (
  | { readonly kind: 'event' }
  | { readonly kind: 'payment' }
  | { readonly kind: 'extension'; readonly request: ExtensionRequest }
  | { readonly kind: 'unreadable'; readonly text: string }
);

/** What came in and was not taken up yet. Handlers only put messages here; the loop takes them out. */
export type Mailbox = {
  put(message: Message): void;
  /** Takes everything out, in the order it came. */
  drain(): Message[];
  readonly waiting: boolean;
  readonly paymentWaiting: boolean;
};

function createMailbox(): Mailbox {
  const messages: Message[] = [];
  return {
    put: (message) => void messages.push(message),
    drain: () => messages.splice(0),
    get waiting() {
      return messages.length > 0;
    },
    get paymentWaiting() {
      return messages.some((message) => message.kind === 'payment');
    },
  };
}

/** Opens the mailbox of a run and registers every message a case can get. `life` tells what is known of the case so far. */
export function openMailbox(life: () => Life | null): Mailbox {
  const mailbox = createMailbox();
  setHandler(paymentFailed, () => mailbox.put({ kind: 'event' }));
  setHandler(billingChanged, () => mailbox.put({ kind: 'event' }));
  setHandler(paymentSucceeded, () => mailbox.put({ kind: 'payment' }));
  setHandler(extendGraceSignal, (input) => {
    const request = readGraceInput(input, uuid4());
    mailbox.put(
      typeof request === 'string'
        ? { kind: 'unreadable', text: `extendGrace refused: ${request}` }
        : { kind: 'extension', request },
    );
  });
  setHandler(caseFileQuery, () => {
    const known = life();
    return known === null ? null : { file: known.file, next: known.next };
  });
  setHandler(extendGraceUpdate, (input: GraceInput) => extendAndAnswer(mailbox, life, input), {
    validator: (input: GraceInput) => validateGrace(life(), input),
  });
  return mailbox;
}

function validateGrace(life: Life | null, input: GraceInput): void {
  const request = readGraceInput(input, 'validation');
  if (typeof request === 'string') throw new Error(request);
  if (life === null) throw new Error('the case is just opening: try again in a moment');
  if (life.file.closedAt !== null)
    throw new Error('the case is closed: nothing is to come that could be moved');
  const ruling = ruleOnExtension(life.file, life.policy, request, Date.now());
  if ('refusal' in ruling) throw new Error(ruling.refusal);
}

async function extendAndAnswer(
  mailbox: Mailbox,
  life: () => Life | null,
  input: GraceInput,
): Promise<GraceAnswer> {
  const id = currentUpdateInfo()?.id ?? uuid4();
  const request = readGraceInput(input, id);
  if (typeof request === 'string') throw new Error(request);
  let taken = false;
  mailbox.put({ kind: 'extension', request, taken: () => (taken = true) });
  await condition(() => taken);
  const known = life();
  if (!known?.file.extensions.some((e) => e.id === id)) {
    throw ApplicationFailure.nonRetryable(
      'the case changed before the extension was taken up: look at it again',
    );
  }
  const next = nextStepOf(known.file, known.policy, Date.now());
  return { nextStep: next?.step ?? null, nextAt: next === null ? null : new Date(next.at).toISOString() };
}
