import { createHmac } from 'node:crypto';
import { createStripeVerifier } from '../../src/adapters/stripe/webhook.js';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../src/domain/time.js';
import type { RaisedEvent, Subject, World } from './world.js';

const secret = 'whsec_of_the_simulation';
const verifier = createStripeVerifier({ secrets: [{ secret, until: null }], toleranceMs: 5 * MINUTE_MS });

const bodyOf = (id: string, type: string, customer: string, createdMs: number, livemode: boolean) =>
  JSON.stringify({
    id,
    object: 'event',
    type,
    created: Math.floor(createdMs / SECOND_MS),
    livemode,
    data: { object: { id: 'in_1', object: 'invoice', customer } },
  });

const signed = (body: string, atMs: number, key: string) => {
  const t = Math.floor(atMs / SECOND_MS);
  return `t=${t},v1=${createHmac('sha256', key).update(`${t}.${body}`).digest('hex')}`;
};

// An HMAC for each would be most of the work: of the genuine ones a few go through the real verifier, byte for byte.
const sampledEvery = 64;

/** Whether a delivery of Stripe's is accepted. */
export function isGenuine({ intake, now }: World, { id, type, subject, livemode }: RaisedEvent): boolean {
  if (id % sampledEvery !== 0) return true;
  const body = bodyOf(`evt_${id}`, type, `cus_${subject.index}`, now, livemode);
  const verdict = verifier.verify(Buffer.from(body), signed(body, now, secret), now);
  intake.sampled += 1;
  const isRead =
    verdict.accepted &&
    verdict.event.id === `evt_${id}` &&
    verdict.event.type === type &&
    verdict.event.livemode === livemode &&
    verdict.event.customer === `cus_${subject.index}`;
  if (!isRead) intake.findings.push(`a genuine delivery of ${type} was refused or misread`);
  return true;
}

/** Sends what is not as Stripe sends it through the real verifier, and says what that makes of it. */
export function drawDelivery({ dice, now }: World, { index }: Subject): 'accepted' | 'refused' {
  const body = bodyOf('evt_forged', 'invoice.paid', `cus_${index}`, now, true);
  const good = signed(body, now, secret);
  const draw = dice.whole(0, 6);
  const [bytes, header]: readonly [Buffer, string | undefined] =
    draw === 0
      ? [Buffer.from(body), undefined]
      : draw === 1
        ? [Buffer.from(body), signed(body, now, 'whsec_of_somebody_else')]
        : draw === 2
          ? [Buffer.from(body), signed(body, now - DAY_MS, secret)]
          : draw === 3
            ? [Buffer.from(body), signed(body, now + DAY_MS, secret)]
            : draw === 4
              ? [Buffer.from(body.slice(0, -9)), good]
              : draw === 5
                ? [Buffer.from(body.replace('invoice.paid', 'invoice.void')), good]
                : [Buffer.from('not JSON'), signed('not JSON', now, secret)];
  return verifier.verify(bytes, header, now).accepted ? 'accepted' : 'refused';
}
