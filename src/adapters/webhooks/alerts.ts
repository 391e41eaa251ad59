import type { AlertChannel, AlertNews } from '../../ports/alerts.js';
import { createWebhookSender, type SenderOptions } from './sender.js';

export type WebhookAlertsOptions = Pick<AlertChannel, 'name' | 'atLeast'> &
  SenderOptions & {
    readonly url: string;
    /** `whsec_…`, with which each message is signed. */
    readonly secret: string;
  };

/** Tells any receiver, signed as Standard Webhooks has it: `alert.firing` and `alert.resolved`. */
export function createWebhookAlerts({
  name,
  atLeast,
  url,
  secret,
  timeoutMs = 9_000,
}: WebhookAlertsOptions): AlertChannel {
  const sender = createWebhookSender({ timeoutMs });
  return {
    name,
    atLeast,
    async tell(news) {
      const message = { url, secrets: [secret], id: news.id, body: bodyOf(news), at: Date.now() };
      const { status, error } = await sender.post(message, new AbortController().signal);
      if (status === null) throw new Error(`the receiver did not answer: ${error}`);
      if (status < 200 || status > 299) throw new Error(`the receiver answered ${status}`);
    },
  };
}

function bodyOf({ key, severity, title, text, remedy, state, since, at }: AlertNews): string {
  return JSON.stringify({
    type: `alert.${state}`,
    timestamp: isoOf(at),
    data: {
      key,
      severity,
      title,
      text,
      remedy,
      since: isoOf(since),
      resolvedAt: state === 'resolved' ? isoOf(at) : null,
    },
  });
}

const isoOf = (at: number) => new Date(at).toISOString();
