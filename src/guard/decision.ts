import {
  isSamePerson,
  mayDecide,
  noEvidence,
  unnamedSender,
  type Decision,
  type Verdict,
} from '../domain/decisions.js';
import type { OrderRecord } from '../domain/orders.js';
import type { Instant } from '../domain/time.js';
import { approversOf, ownerOf, type KeptCode } from './approval-code.js';
import { isProven } from './decision-proof.js';

/** So many wrong codes make a request void: whoever guesses has five tries at one in 2^40. */
export const mostWrongCodes = 5;

/** What is on record when a decision on a request is to be written down. */
export type DecisionRecord = {
  readonly codes: readonly KeptCode[];
  /** How many codes were tried in vain before. */
  readonly wrongCodes: number;
  /** That of the links; `null` where it is not set up, and only codes count. */
  readonly secret: string | null;
};

/** Whose decision it is, or why it does not count. `isWrongCode`: it is one of the tries that are counted. */
export type Examined =
  | { readonly status: 'proven'; readonly by: string }
  | {
      readonly status: 'refused';
      readonly why: string;
      readonly isWrongCode: boolean;
      readonly isVoid: boolean;
    };

type Claimed = { readonly by: string; readonly at: Instant };

const refused = (why: string): Examined => ({ status: 'refused', why, isWrongCode: false, isVoid: false });

/**
 * Whether a decision is that of somebody who may decide. A workflow can't know who sent it an update, so what it took is
 * nothing yet: a proof of our api or command line counts, or the code that was sent to an approver.
 */
export function examine(decision: Decision, claimed: Claimed, record: DecisionRecord): Examined {
  const { code, proof } = decision;
  if (code !== undefined) return examineCode(decision, code, claimed, record);
  if (proof === undefined) return refused(noEvidence);
  if (record.secret === null)
    return refused('the worker knows no FORBEAR_LINK_SECRET: only the code from the mail counts');
  if (!isProven(record.secret, { ...decision, by: claimed.by }, proof, claimed.at))
    return refused('its proof was made with another secret, for another decision, or has expired');
  // To whom no code was sent, nobody knows of a request from before there were codes: then the policy alone says it.
  return mayDecide(approversOf(record.codes), claimed.by)
    ? { status: 'proven', by: claimed.by }
    : refused('only those who were asked decide');
}

function examineCode(
  { approval }: Decision,
  code: string,
  { by }: Claimed,
  { codes, wrongCodes }: DecisionRecord,
): Examined {
  if (codes.length === 0)
    return refused('no code was sent with this request: decide on the command line or by the link');
  const owner = ownerOf(codes, approval, code);
  if (owner !== null && (by === unnamedSender || isSamePerson(by, owner)))
    return { status: 'proven', by: owner };
  const left = mostWrongCodes - wrongCodes - 1;
  const why =
    left > 0
      ? `the code is wrong, or that of somebody else: ${left} tries are left`
      : 'the code is wrong: the request is void after so many tries, and will be asked for again';
  return { status: 'refused', why, isWrongCode: true, isVoid: left <= 0 };
}

/** What the case has to know of it; `null`: it is as the case took it. */
export function verdictOf(id: string, by: string, examined: Examined): Verdict | null {
  if (examined.status === 'refused') return { id, refusal: examined.why, isVoid: examined.isVoid };
  return examined.by === by ? null : { id, by: examined.by };
}

/** How an order is written down: whose it turned out to be, and that it was refused. */
export function asExamined(order: OrderRecord, examined: Examined | null): OrderRecord {
  if (examined === null) return order;
  return examined.status === 'proven'
    ? { ...order, by: examined.by }
    : { ...order, text: `${order.kind} refused: ${examined.why}` };
}

/** What the log says of a decision that did not count, beside the order; wrong codes are counted by it. */
export type RefusedBody = { readonly refused?: string; readonly wrongCodeFor?: string };

export function refusedBody({ change }: OrderRecord, examined: Examined | null): RefusedBody {
  if (examined?.status !== 'refused' || change === null || !('decision' in change)) return {};
  const { why: refused, isWrongCode } = examined;
  return { refused, ...(isWrongCode && { wrongCodeFor: change.decision.approval }) };
}
