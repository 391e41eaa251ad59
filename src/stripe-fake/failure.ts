import type { PaymentError } from './state/payment-objects.js';

type ErrorType = 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';

interface Details {
  code?: string;
  param?: string;
  decline_code?: string;
  payment_intent?: unknown;
  payment_method?: unknown;
  charge?: string;
}

/** An answer in Stripe's error shape. Thrown by handlers, turned into a response in one place. */
export class ApiFailure extends Error {
  constructor(
    readonly status: number,
    readonly type: ErrorType,
    message: string,
    readonly details: Details = {},
  ) {
    super(message);
  }

  body(): { error: Record<string, unknown> } {
    return { error: { type: this.type, message: this.message, ...this.details } };
  }
}

export const invalid = (message: string, details: Details = {}): ApiFailure =>
  new ApiFailure(400, 'invalid_request_error', message, details);

export const missingParam = (param: string): ApiFailure =>
  invalid(`Missing required param: ${param}.`, { code: 'parameter_missing', param });

/** In the path an unknown id is a 404, as a parameter it is a 400; both carry the same code. */
export const noSuch = (noun: string, id: string, param?: string): ApiFailure =>
  new ApiFailure(param === undefined ? 404 : 400, 'invalid_request_error', `No such ${noun}: '${id}'`, {
    code: 'resource_missing',
    param: param ?? 'id',
  });

export const declined = (error: PaymentError, intent: unknown): ApiFailure => {
  const { type, message, ...rest } = error;
  return new ApiFailure(402, type, message, { ...rest, payment_intent: intent });
};
