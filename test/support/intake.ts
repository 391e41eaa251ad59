import type { WebhookSecret } from '../../src/adapters/stripe/secrets.js';
import { createStripeVerifier } from '../../src/adapters/stripe/webhook.js';
import type { Db } from '../../src/db/client.js';
import { storeEvents } from '../../src/db/queries/inbox.js';
import { createIntake, type Intake, type IntakeDeps } from '../../src/http/webhooks/intake.js';
import { noIntakeMeter } from '../../src/ports/meters.js';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A secret without an end, or one with it. */
export type SecretText = string | WebhookSecret;

/** The intake of one process: of test mode, and with these secrets, unless told otherwise. */
export function anIntake(
  db: Db,
  secrets: readonly SecretText[],
  changes: Partial<Omit<IntakeDeps, 'db'>> = {},
): Intake {
  return createIntake({
    db,
    store: (arrivals) => storeEvents(db, arrivals),
    logger: silent,
    meter: noIntakeMeter,
    verifier: createStripeVerifier({
      secrets: secrets.map((one) => (typeof one === 'string' ? { secret: one, until: null } : one)),
      toleranceMs: 300_000,
    }),
    ours: { livemode: false, account: null },
    suspect: () => undefined,
    nowMs: Date.now,
    dice: () => 0.5,
    ...changes,
  });
}
