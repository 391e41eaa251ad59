import type { AccessLevel, BillingStatus } from './contract.js';

/** What `GET /v1/accounts/:id` answers. */
export type Account = {
  /** Ours: a UUID. */
  readonly id: string;
  /** The app's own name of the account. */
  readonly ref: string;
  readonly name: string;
  /** Its Stripe customers. */
  readonly customers: readonly string[];
  readonly access: AccessLevel;
  readonly billingStatus: BillingStatus;
};

/** What `GET /v1/accounts` answers. */
export type AccountPage = {
  readonly accounts: readonly Account[];
  /** Where the next page begins; `null` after the last one. */
  readonly next: string | null;
};
