import { createHmac } from 'node:crypto';
import { SECOND_MS, type Instant } from '../../domain/time.js';
import { countsAt, type WebhookSecret } from './secrets.js';

const text = '{"object":"forbear.probe"}';
const bytes = Buffer.from(text);

export const isProbe = (body: Uint8Array): boolean => bytes.equals(body);

/** A delivery that nobody takes for an event, signed as Stripe would: an intake with the same secret answers 400, `probe`. */
export function makeProbe(secrets: readonly WebhookSecret[], now: Instant) {
  const active = secrets.find((one) => countsAt(one, now));
  const t = Math.floor(now / SECOND_MS);
  const v1 = createHmac('sha256', active?.secret ?? '')
    .update(`${t}.${text}`)
    .digest('hex');
  return { body: text, signature: `t=${t},v1=${v1}` };
}
