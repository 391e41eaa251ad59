import { z } from 'zod';
import { httpUrl, whole } from './config-parts.js';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((s) => s.trim())
    .filter((s) => s !== ''),
);
/** `whsec_…`, or `whsec_…@2026-12-31T12:00:00Z` for one that counts until then. */
const webhookSecret = z.string().transform((text, context) => {
  const [, secret, until] = /^(whsec_[^@\s]+)(?:@(.+))?$/.exec(text) ?? [];
  if (secret === undefined) return refuseSecret(context, 'each secret begins with whsec_');
  if (until === undefined) return { secret, until: null };
  if (!z.iso.datetime({ offset: true }).safeParse(until).success)
    return refuseSecret(context, 'the end of a secret is written as whsec_…@2026-12-31T12:00:00Z');
  return { secret, until: Date.parse(until) };
});

function refuseSecret(context: z.core.$RefinementCtx<string>, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}

const webhookSecrets = z
  .string({ error: "is missing: the signing secret of Stripe's endpoint, which begins with whsec_" })
  .pipe(list)
  .refine((secrets) => secrets.length > 0, 'names no secret')
  .pipe(z.array(webhookSecret));

/** What the intake and its watch go by. */
export const intakeShape = z.object({
  STRIPE_WEBHOOK_SECRET: webhookSecrets,
  /** Our own account at Stripe, where the endpoint also gets events of connected ones. */
  STRIPE_ACCOUNT: z
    .string()
    .regex(/^acct_/, 'begins with acct_')
    .optional(),
  /** Where Stripe's endpoint sends, when that is not the public URL with `/webhooks/stripe`. */
  FORBEAR_WEBHOOK_URL: httpUrl.optional(),
  FORBEAR_WEBHOOK_ALIASES: list
    .refine(
      (paths) => paths.every((path) => /^(\/[A-Za-z0-9._~-]+)+$/.test(path)),
      'each is a path such as /stripe/webhook',
    )
    .default([]),
  /** For how many days the text of events is kept. */
  FORBEAR_EVENT_DAYS: whole.min(1).max(90).default(90),
  /** How often the watch over the intake looks, in seconds: an alarm comes within twice of it. */
  FORBEAR_WATCH_SECONDS: whole.min(1).max(300).default(300),
  /** A dead man's switch: asked after each round of the watch, so that its silence is noticed. */
  FORBEAR_HEARTBEAT_URL: httpUrl.optional(),
  /** With these, mails that came back are signed which are sent to `/webhooks/mail`; without one nothing answers there. */
  FORBEAR_BOUNCE_SECRET: list
    .refine(
      (secrets) => secrets.every((secret) => /^whsec_[A-Za-z0-9+/]{22,}={0,2}$/.test(secret)),
      'is whsec_ with at least 16 bytes in base64 behind it',
    )
    .default([]),
  /** Where the audit log is anchored; its folder is there. */
  FORBEAR_ANCHOR_FILE: z.string().min(1).optional(),
  FORBEAR_METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters, at random').optional(),
});
