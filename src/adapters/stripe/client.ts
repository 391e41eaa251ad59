import Stripe from 'stripe';
import { PortError } from '../../ports/errors.js';

export type StripeSettings = { readonly secretKey: string; readonly apiBase?: string | undefined };

/** The client that everything of ours uses. Temporal owns the retries of what runs in activities. */
export function createStripeClient({ secretKey, apiBase }: StripeSettings): Stripe {
  const base = apiBase === undefined ? null : new URL(apiBase);
  return new Stripe(secretKey, {
    maxNetworkRetries: 0,
    timeout: 20_000,
    telemetry: false,
    appInfo: { name: 'forbear' },
    ...(base !== null && {
      host: base.hostname,
      port: base.port === '' ? (base.protocol === 'https:' ? 443 : 80) : Number(base.port),
      protocol: base.protocol === 'https:' ? ('https' as const) : ('http' as const),
    }),
  });
}

/** Runs a call and names its failure: what may pass by itself is `BILLING_UNAVAILABLE`, the rest `BILLING_REFUSED`. */
export async function asking<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof PortError) throw cause;
    if (!(cause instanceof Stripe.errors.StripeError)) throw cause;
    const status = cause.statusCode ?? 0;
    const passing = status === 0 || status === 409 || status === 429 || status >= 500;
    const code = passing ? 'BILLING_UNAVAILABLE' : 'BILLING_REFUSED';
    const detail = cause.code ?? cause.type;
    throw new PortError(
      code,
      `Stripe: ${what} failed with ${status === 0 ? 'no answer' : status} (${detail})`,
      { cause },
    );
  }
}

/** What Stripe itself said of a call that it refused for good; `null` when it was unreachable or something else broke. */
export function refusalOf(error: unknown): Stripe.errors.StripeError | null {
  if (!(error instanceof PortError) || error.code !== 'BILLING_REFUSED') return null;
  return error.cause instanceof Stripe.errors.StripeError ? error.cause : null;
}

/** For `catch`: Stripe has no such object, or it is not of this mode. Throws every other failure on. */
export function nullIfMissing(error: unknown): null {
  if (refusalOf(error)?.code === 'resource_missing') return null;
  throw error;
}
