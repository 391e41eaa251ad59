import type { AccessAnswer, AccessLevel, RestrictionReason } from './contract.js';
import type { Reading } from './reading.js';

/** `block-unsafe`: a read-only account may look but not change. `pass`: the app sees to that itself. */
export type ReadOnlyRule = 'block-unsafe' | 'pass';

export type Question = {
  /** `null` for a request of nobody's account. */
  readonly reading: Reading | null;
  readonly method: string;
  /** The path is one that stays open, as to pay or sign out. */
  readonly isOpenPath: boolean;
  /** The path is one by which people take their data along. */
  readonly isExportPath: boolean;
  readonly readOnly: ReadOnlyRule;
  /** When the session of the request was issued, in milliseconds since 1970; `null` where the app does not say. */
  readonly sessionIssuedAt: number | null;
};

export type Refusal =
  | {
      readonly status: 402;
      readonly reason: 'nonpayment';
      readonly access: AccessLevel;
      /** http(s); `null` where no public address is set. */
      readonly payUrl: string | null;
    }
  /** Fraud, a dispute, an ending, an order: why is nobody's business here. */
  | { readonly status: 403; readonly reason: 'restricted' }
  /** The session was ended: signing in again is what helps, where that is allowed. */
  | { readonly status: 401; readonly reason: 'session_ended' }
  /** Nobody knows, and the operator chose `closed`. */
  | { readonly status: 503; readonly reason: 'unknown' };

export type Verdict = { readonly isPassed: true } | { readonly isPassed: false; readonly refusal: Refusal };

const passed: Verdict = { isPassed: true };
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a request goes on, and if not, what it is told. The same for every framework. */
export function verdictOn(question: Question): Verdict {
  const { reading, method, isOpenPath, isExportPath, readOnly } = question;
  if (reading === null || isOpenPath) return passed;
  if (!reading.isKnown) return reading.then === 'open' ? passed : refused(unknownOf(reading.error.code));
  if (isSessionOver(reading.answer, question.sessionIssuedAt))
    return refused({ status: 401, reason: 'session_ended' });
  const { allowed } = reading.answer;
  if (isExportPath && allowed.export) return passed;
  const isChange = !safeMethods.has(method.toUpperCase());
  const isAllowed = isChange && readOnly === 'block-unsafe' ? allowed.write : allowed.read;
  return isAllowed ? passed : refused(refusalOf(reading.answer));
}

/** A session without a date is as good as its account. */
export function isSessionOver(
  { sessionsEndedAt }: Pick<AccessAnswer, 'sessionsEndedAt'>,
  issuedAt: number | null,
): boolean {
  return sessionsEndedAt !== null && issuedAt !== null && issuedAt <= Date.parse(sessionsEndedAt);
}

// Paying would not give the account back, and the reason is not to be told.
const discreet: ReadonlySet<RestrictionReason> = new Set(['fraud', 'dispute', 'manual']);

/** Whether its people may be told that it is about a payment: it is, and about nothing that is kept from them. */
export function isAboutPayment({ reasons }: Pick<AccessAnswer, 'reasons'>): boolean {
  return reasons.includes('nonpayment') && !reasons.some((reason) => discreet.has(reason));
}

function refusalOf(answer: AccessAnswer): Refusal {
  if (!isAboutPayment(answer)) return { status: 403, reason: 'restricted' };
  return { status: 402, reason: 'nonpayment', access: answer.access, payUrl: answer.payUrl };
}

function unknownOf(code: string): Refusal {
  // There is no such account, and asking again in a minute does not help.
  return code === 'not_found' ? { status: 403, reason: 'restricted' } : { status: 503, reason: 'unknown' };
}

function refused(refusal: Refusal): Verdict {
  return { isPassed: false, refusal };
}
