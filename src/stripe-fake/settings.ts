import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './clock.js';

/** The API version of the account, and of every object that the fake answers with. */
export const API_VERSION = '2026-10-28.endive';

/** What becomes of a subscription when the last retry has failed. */
type AfterRetries = 'cancel' | 'unpaid' | 'past_due';

/** What becomes of the invoice itself then. */
type AfterRetriesInvoice = 'open' | 'uncollectible';

export interface StripeFakeOptions {
  port: number;
  host?: string;
  /** Where the state is kept; without it the state ends with the process. */
  stateFile?: string;
  secretKey?: string;
  /** The signing secret of every endpoint that is created; by default each gets one of its own. */
  webhookSecret?: string;
  /** Milliseconds; only in-process, since a function can't come through argv. */
  clock?: () => number;
  /** When a failed invoice is tried again, counted from its first attempt. */
  retryScheduleMs?: number[];
  /** Waits between the attempts of one webhook delivery. */
  deliveryRetryMs?: number[];
  deliveryTimeoutMs?: number;
  /** An endpoint that has failed for so long (real time) is disabled. */
  disableEndpointAfterMs?: number;
  hostedBase?: string;
  afterRetries?: AfterRetries;
  afterRetriesInvoice?: AfterRetriesInvoice;
  /** How long a renewal's invoice stays a draft. Stripe waits about an hour; 0 here, so that a demo needn't. */
  draftMs?: number;
  /** How long a bank takes to answer a debit. */
  debitMs?: number;
}

export interface Settings {
  secretKey: string;
  webhookSecret: string | undefined;
  retryScheduleMs: number[];
  deliveryRetryMs: number[];
  deliveryTimeoutMs: number;
  disableEndpointAfterMs: number;
  hostedBase: string;
  afterRetries: AfterRetries;
  afterRetriesInvoice: AfterRetriesInvoice;
  draftMs: number;
  debitMs: number;
}

export function settingsFrom(options: StripeFakeOptions, base: string): Settings {
  const hours = [1, 3, 6, 12, 24, 24].map((count) => count * HOUR_MS);
  return {
    secretKey: options.secretKey ?? 'sk_test_fake',
    webhookSecret: options.webhookSecret,
    retryScheduleMs: options.retryScheduleMs ?? [3 * DAY_MS, 5 * DAY_MS, 7 * DAY_MS],
    deliveryRetryMs: options.deliveryRetryMs ?? [
      SECOND_MS,
      5 * SECOND_MS,
      30 * SECOND_MS,
      5 * MINUTE_MS,
      ...hours,
    ],
    deliveryTimeoutMs: options.deliveryTimeoutMs ?? 5 * SECOND_MS,
    disableEndpointAfterMs: options.disableEndpointAfterMs ?? 3 * DAY_MS,
    hostedBase: (options.hostedBase ?? base).replace(/\/$/, ''),
    afterRetries: options.afterRetries ?? 'cancel',
    afterRetriesInvoice: options.afterRetriesInvoice ?? 'open',
    draftMs: options.draftMs ?? 0,
    // ACH takes up to four business days, SEPA five.
    debitMs: options.debitMs ?? 4 * DAY_MS,
  };
}
