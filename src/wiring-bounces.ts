import type { Client } from '@temporalio/client';
import { readBounce } from './adapters/mail/bounces/read.js';
import { createDeliveryVerifier } from './adapters/webhooks/verifier.js';
import type { ApiConfig } from './config.js';
import type { Database } from './db/client.js';
import { noteBounce } from './db/queries/bounces.js';
import { createSignaller } from './dispatcher/signaller.js';
import { MINUTE_MS } from './domain/time.js';
import type { MailWebhookDeps } from './http/webhooks/mail.js';
import type { Logger } from './ports/logger.js';

type Parts = { readonly database: Database; readonly temporal: Client; readonly logger: Logger };

/** The way in for mails that came back; `undefined` while no secret is set. */
export function mailWebhookOf(
  { bounceSecrets }: Pick<ApiConfig, 'bounceSecrets'>,
  { database: { db }, temporal, logger }: Parts,
): MailWebhookDeps | undefined {
  if (bounceSecrets.length === 0) return undefined;
  const signaller = createSignaller(temporal);
  return {
    refusalOf: createDeliveryVerifier(bounceSecrets, 5 * MINUTE_MS),
    read: readBounce,
    note: (bounce) => noteBounce(db, bounce),
    wake: (account, messageId) =>
      signaller.signal(account, 'billingChanged', [{ eventId: messageId, type: 'mail.bounced' }]),
    logger,
    nowMs: Date.now,
  };
}
