import type { RefusalReason } from '../ports/billing.js';

type Cause = { readonly cause: string; readonly remedy: string };

/** Why deliveries are most likely refused for each reason, and what to do about it. */
export const refusalCauses: Readonly<Record<RefusalReason, Cause>> = {
  signature_missing: {
    cause: 'somebody other than Stripe, or a proxy that drops headers',
    remedy: 'let the proxy pass `Stripe-Signature` on',
  },
  signature_malformed: {
    cause: 'a proxy that rewrites the header or adds one, or somebody who tries',
    remedy: 'let the proxy pass `Stripe-Signature` on as it is',
  },
  signature_mismatch: {
    cause:
      'the secret is of another endpoint, of the other mode, or was rotated; or something on the way rewrites the body',
    remedy:
      'put the signing secret of this endpoint into `STRIPE_WEBHOOK_SECRET`; if it is there, see that no proxy touches the body',
  },
  timestamp_too_old: {
    cause: 'our clock is ahead, a queue on the way holds deliveries back, or somebody replays an old one',
    remedy: 'let this machine keep time by NTP, and put no queue before the intake',
  },
  timestamp_in_future: {
    cause: 'our clock is behind',
    remedy: 'let this machine keep time by NTP',
  },
  not_an_event: {
    cause: 'another service signs with the same secret, or the event is of a kind that Forbear cannot read',
    remedy: 'let only Stripe’s endpoint send here; is its API version one that `forbear doctor` knows?',
  },
  too_large: {
    cause: 'no event of Stripe’s is so large',
    remedy: 'nothing, unless deliveries of Stripe are missing',
  },
  cut_off: {
    cause: 'a proxy cuts bodies off, by a limit of its size or time',
    remedy: 'let the proxy take bodies of 512 KB',
  },
};
