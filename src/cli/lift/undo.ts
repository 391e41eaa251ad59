import type { BackState, TakenFrom } from '../../db/queries/takings.js';
import type { Order, OrderResult } from '../../dispatcher/orders.js';
import { atPace, sleep, type Pace } from './pace.js';
import { afterOrder, failed, outOfTime, refused, unanswered, withoutOrder, type Result } from './verdict.js';

/** What an undo needs of the world. */
export type Means = {
  /** Sends an order to the account's case, and starts the case where none runs. */
  send(to: TakenFrom, order: Order<'lift'>): Promise<OrderResult>;
  look(account: TakenFrom): Promise<BackState>;
};

export type Undo = Pace & {
  readonly run: string;
  readonly by: string;
  readonly reason: string;
  /** How long an account is waited for. */
  readonly waitMs: number;
};

const lookEveryMs = 500;

/** One order an account and run, so that a repeat of the same run orders nothing new. */
export const orderIdOf = (run: string, { id }: Pick<TakenFrom, 'id'>): string => `bulk-undo/${run}/${id}`;

/** Gives back to each of them, at a pace, and tells each result as it is known. */
export async function undoAll(
  accounts: readonly TakenFrom[],
  undo: Undo,
  means: Means,
  tell: (account: TakenFrom, result: Result) => void,
): Promise<void> {
  await atPace(accounts, undo, async (account) => {
    const result = await undoOne(account, undo, means).catch((error: unknown) =>
      failed(error instanceof Error ? error.message : String(error)),
    );
    tell(account, result);
  });
}

/** Orders it, and waits until everything is back and probed, or as long as an account is waited for. */
async function undoOne(account: TakenFrom, undo: Undo, means: Means): Promise<Result> {
  // Since the list was made it may have paid.
  const known = withoutOrder(await means.look(account));
  if (known !== null) return known;
  const deadline = Date.now() + undo.waitMs;
  const sent = await sendUntil(deadline, account, undo, means);
  if (sent.status === 'refused' || sent.status === 'no_case') {
    // A payment may have been quicker than the order.
    const why = sent.status === 'refused' ? sent.why : 'no case stands open for it';
    return withoutOrder(await means.look(account)) ?? refused(why);
  }
  for (;;) {
    const state = await means.look(account);
    const result = afterOrder(state);
    if (result !== null) return result;
    if (Date.now() >= deadline) return sent.status === 'no_answer' ? unanswered : outOfTime(state);
    await sleep(lookEveryMs);
  }
}

/** Sent again under its one id while nobody answers: a case in the middle of an act takes it up after that. */
async function sendUntil(
  deadline: number,
  account: TakenFrom,
  { run, by, reason }: Undo,
  { send }: Means,
): Promise<OrderResult> {
  const input = { restriction: 'nonpayment' as const, by, reason };
  const order: Order<'lift'> = { kind: 'lift', id: orderIdOf(run, account), input };
  for (;;) {
    const sent = await send(account, order);
    if (sent.status !== 'no_answer' || Date.now() >= deadline) return sent;
  }
}
