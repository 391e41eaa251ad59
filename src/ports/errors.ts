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
