/** How much is left to an account, weakest restriction first. */
export const accessLevels = [
  'active',
  'grace_period',
  'read_only',
  'suspended',
  'revoked_pending',
  'revoked',
  'decommissioned',
] as const;
export type AccessLevel = (typeof accessLevels)[number];

export const billingStatuses = ['current', 'past_due', 'ending', 'canceled', 'disputed'] as const;
export type BillingStatus = (typeof billingStatuses)[number];

export const restrictionReasons = ['nonpayment', 'dispute', 'fraud', 'ended', 'drift', 'manual'] as const;
export type RestrictionReason = (typeof restrictionReasons)[number];

export const nextSteps = ['remind', 'limit', 'pause', 'decommission'] as const;
export type NextStep = (typeof nextSteps)[number];

/**
 * What `GET /v1/accounts/:id/access` answers, and what is pushed when it changes. Nothing in it is private: neither
 * sums nor invoices, evidence or names of people. Instants are UTC, as ISO 8601 with milliseconds.
 */
export type AccessAnswer = {
  readonly account: {
    /** Ours: a UUID. */
    readonly id: string;
    /** The app's own name of the account. */
    readonly ref: string;
  };
  /** Opaque. Another value whenever anything else in this answer has changed; the same stands in `ETag`, in quotes. */
  readonly version: string;
  readonly access: AccessLevel;
  readonly billingStatus: BillingStatus;
  /** Why something is taken away, each once, in the order above. Empty while nothing is. */
  readonly reasons: readonly RestrictionReason[];
  readonly allowed: {
    /** Sign in and look at what is there. */
    readonly read: boolean;
    /** Change what is there. */
    readonly write: boolean;
    /** Launch more, add seats, use more. */
    readonly grow: boolean;
    /** What is deployed goes on running. */
    readonly run: boolean;
    /** Take one's data along. */
    readonly export: boolean;
  };
  /**
   * What access is worth while no subscription says more: the policy's fallback plan. `null` while a subscription counts,
   * and the app goes by the plan that it sold.
   */
  readonly plan: {
    /** The app's own name of the plan. */
    readonly name: string;
    /** How much of what is allowed under it, by the app's own names: `{seats: 1}`. */
    readonly limits: Readonly<Record<string, number>>;
  } | null;
  /** What comes next unless the account pays, on the date that the mails name; `null` while nothing is due. */
  readonly nextStep: { readonly step: NextStep; readonly at: string } | null;
  /** Sessions that were issued at or before it are over, whatever your store of them says; `null` while none were ended. */
  readonly sessionsEndedAt: string | null;
  /** Where the account's people pay; `null` while nothing is owed, or where no public address is set. */
  readonly payUrl: string | null;
};

/** RFC 9457, as every error of the API is told. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What to do about it. */
  readonly detail: string;
};
