import { Webhook } from 'standardwebhooks';
import type { AccessAnswer } from '../../src/app/contract.js';

export const webhookSecret = `whsec_${Buffer.from('a secret of the endpoint, 32 long').toString('base64')}`;

/** A delivery as Forbear makes it, signed by the library of Standard Webhooks. */
export function delivery(content: unknown, at: Date, secret = webhookSecret) {
  const body = typeof content === 'string' ? content : JSON.stringify(content);
  const id = 'msg_1';
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
  return { method: 'POST', body, headers };
}

export const changeTo = (data: AccessAnswer, at: Date) => {
  return { type: 'access.changed', timestamp: at.toISOString(), data };
};
