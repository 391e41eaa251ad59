/** The closed list of what can go wrong in a port. Which of them no retry helps is said in `activities/failures.ts`. */
export type PortErrorCode =
  | 'BILLING_UNAVAILABLE'
  | 'BILLING_REFUSED'
  | 'TARGET_UNAVAILABLE'
  | 'TARGET_REFUSED'
  | 'NOT_OFFERED'
  | 'NOT_VERIFIED'
  | 'MAIL_UNAVAILABLE'
  | 'MAIL_REFUSED'
  | 'FENCED'
  | 'RUNS_UNAVAILABLE'
  | 'CUSTOMER_TAKEN'
  | 'UNKNOWN_ACCOUNT'
  | 'UNKNOWN_POLICY';

/** A failure of the world, by code. The message is for people and holds no secret. */
export class PortError extends Error {
  readonly code: PortErrorCode;

  constructor(code: PortErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = code;
    this.code = code;
  }
}

/** `MAIL_REFUSED` for good, because of the addresses and not of the mail: nothing reaches them. */
export class RecipientsRefusedError extends PortError {
  readonly recipients: readonly string[];

  constructor(recipients: readonly string[], message: string, options?: { cause?: unknown }) {
    super('MAIL_REFUSED', message, options);
    this.recipients = recipients;
  }
}

/** `ECONNREFUSED`, `CERT_HAS_EXPIRED`: what `fetch` and others hide in the causes of their errors. For people. */
export function deepestReason(error: unknown): string {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  if (!(at instanceof Error)) return String(at);
  const { code } = at as { code?: unknown };
  return typeof code === 'string' ? code : at.message;
}
