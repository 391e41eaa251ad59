import type { Instant } from './time.js';

export const grantKinds = ['free', 'reseller', 'marketplace', 'lifetime', 'manual'] as const;
export type GrantKind = (typeof grantKinds)[number];

/** Why an account is served although it may have no paying subscription at Stripe. It excuses no invoice that is owed. */
export type Grant = {
  readonly id: string;
  readonly kind: GrantKind;
  readonly by: string;
  readonly reason: string;
  readonly from: Instant;
  /** `null`: until somebody ends it. */
  readonly until: Instant | null;
  readonly endedAt: Instant | null;
  readonly endedBy: string | null;
};

/** `standing` · `expired` by itself · `ended` by a person. */
export function grantState({ until, endedAt }: Grant, now: Instant): 'standing' | 'expired' | 'ended' {
  if (endedAt !== null && endedAt <= now) return 'ended';
  return until !== null && until <= now ? 'expired' : 'standing';
}
