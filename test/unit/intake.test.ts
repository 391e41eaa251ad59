import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../src/adapters/stripe/secrets.js';
import { createStripeVerifier } from '../../src/adapters/stripe/webhook.js';
import type { BillingEvent, EventCheck, RefusalReason } from '../../src/ports/billing.js';
import { membersOf } from '../support/facts.js';

const secret = 'whsec_current0000000000000000';
const olderSecret = 'whsec_older000000000000000000';
const strangersSecret = 'whsec_stranger0000000000000';
const toleranceMs = 5 * 60_000;
const nowSeconds = 1_793_610_000;
const nowMs = nowSeconds * 1_000;

const endless = (one: string) => ({ secret: one, until: null });
const verifier = createStripeVerifier({ secrets: [secret, olderSecret].map(endless), toleranceMs });
const bytes = (text: string) => new TextEncoder().encode(text);
const hmac = (key: string, body: Uint8Array, seconds: number | string) =>
  createHmac('sha256', key).update(`${seconds}.`).update(body).digest('hex');
const signed = (body: Uint8Array, key = secret, seconds: number | string = nowSeconds) =>
  `t=${seconds},v1=${hmac(key, body, seconds)}`;

const event = (object: unknown, changes: Readonly<Record<string, unknown>> = {}) => ({
  id: 'evt_1',
  object: 'event',
  api_version: '2026-10-28.endive',
  created: 1_793_609_990,
  data: { object },
  livemode: false,
  pending_webhooks: 1,
  request: { id: null, idempotency_key: null },
  type: 'invoice.payment_failed',
  ...changes,
});
const invoice = { id: 'in_1', object: 'invoice', customer: 'cus_1', amount_due: 4900 };
const genuine = bytes(JSON.stringify(event(invoice)));

const reasonOf = (check: EventCheck): RefusalReason | 'probe' | 'accepted' =>
  check.accepted ? 'accepted' : check.reason;
const verify = (body: Uint8Array, header: string | undefined, at = nowMs) =>
  verifier.verify(body, header, at);

describe('a genuine delivery', () => {
  it('is accepted with all that is to be known of it', () => {
    expect(verify(genuine, signed(genuine))).toEqual({
      accepted: true,
      event: {
        id: 'evt_1',
        type: 'invoice.payment_failed',
        createdAt: 1_793_609_990_000,
        livemode: false,
        apiVersion: '2026-10-28.endive',
        customer: 'cus_1',
        invoice: 'in_1',
        subscription: null,
        context: null,
        related: null,
      },
      secret: fingerprintOf(secret),
    });
  });

  it('is accepted as Stripe’s own library signs it', () => {
    const header = Stripe.webhooks.generateTestHeaderString({
      payload: new TextDecoder().decode(genuine),
      secret,
      timestamp: nowSeconds,
    });
    expect(reasonOf(verify(genuine, header))).toBe('accepted');
  });

  it.each([
    ['the current secret', signed(genuine, secret)],
    ['the one that is being replaced', signed(genuine, olderSecret)],
    [
      'both, as Stripe signs while a secret is rolled',
      `${signed(genuine, olderSecret)},v1=${hmac(secret, genuine, nowSeconds)}`,
    ],
    [
      'one of ours and a stranger’s',
      `t=${nowSeconds},v1=${hmac(strangersSecret, genuine, nowSeconds)},v1=${hmac(secret, genuine, nowSeconds)}`,
    ],
    ['ours and an older scheme', `${signed(genuine)},v0=${'0'.repeat(64)}`],
  ])('EC-20 is accepted when signed with %s', (_, header) => {
    expect(reasonOf(verify(genuine, header))).toBe('accepted');
  });

  it('is accepted in any spacing, with any characters: the bytes are what is signed', () => {
    for (const text of [
      JSON.stringify(event(invoice), null, 2),
      `${JSON.stringify(event({ ...invoice, name: 'Ærø 🛟' }))}\n`,
    ]) {
      expect(reasonOf(verify(bytes(text), signed(bytes(text))))).toBe('accepted');
    }
  });

  it('is not accepted when no secret is configured', () => {
    const bare = createStripeVerifier({ secrets: [], toleranceMs });
    expect(reasonOf(bare.verify(genuine, signed(genuine), nowMs))).toBe('signature_mismatch');
  });
});

describe('the age of a delivery', () => {
  it.each([
    ['just old enough', -300, 'accepted'],
    ['a second too old', -301, 'timestamp_too_old'],
    ['of the first of January 1970', -nowSeconds, 'timestamp_too_old'],
    ['just ahead of us', 300, 'accepted'],
    ['a second too far ahead', 301, 'timestamp_in_future'],
    ['a day ahead', 86_400, 'timestamp_in_future'],
  ] as const)('EC-20 is checked both ways: %s', (_, offset, reason) => {
    expect(reasonOf(verify(genuine, signed(genuine, secret, nowSeconds + offset)))).toBe(reason);
  });

  it('EC-20 is that of the signed timestamp, whatever other timestamps stand in the header', () => {
    const stale = nowSeconds - 86_400;
    const old = signed(genuine, secret, stale);
    const mac = hmac(secret, genuine, stale);
    const disguises = [
      `${old}, t=${nowSeconds}`,
      `${old},t=${nowSeconds}`,
      `t=${nowSeconds},${old}`,
      `t=${nowSeconds},v1=${mac},t=${stale}x`,
      `t=${nowSeconds},v1=${mac},t=${stale}=`,
      `${old},\tt=${nowSeconds}`,
      `x,t=${nowSeconds},v1=${mac},t=${stale}.5`,
    ];
    for (const header of disguises) expect(reasonOf(verify(genuine, header)), header).not.toBe('accepted');
  });

  it('EC-20 is never passed by a replayed signature, whatever is put around it', () => {
    const stale = nowSeconds - 86_400;
    const mac = hmac(secret, genuine, stale);
    const piece = fc.oneof(
      fc.constantFrom(
        `t=${nowSeconds}`,
        `t=${stale}`,
        `v1=${mac}`,
        ` t=${nowSeconds}`,
        `t=${stale}x`,
        `t= ${stale}`,
        'v1=',
        't=',
        ' ',
        '',
      ),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 8 }),
        fc.constantFrom(',', ', ', ',,', ' ,'),
        (pieces, comma) => {
          expect(verify(genuine, pieces.join(comma)).accepted).toBe(false);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('what is not a genuine delivery', () => {
  const other = bytes(JSON.stringify(event({ ...invoice, customer: 'cus_2' })));
  const mac = hmac(secret, genuine, nowSeconds);
  const cases: readonly [string, Uint8Array, string | undefined, RefusalReason][] = [
    ['unsigned', genuine, undefined, 'signature_missing'],
    ['signed with nothing', genuine, '', 'signature_missing'],
    ['signed by a stranger', genuine, signed(genuine, strangersSecret), 'signature_mismatch'],
    ['signed for another body', genuine, signed(other), 'signature_mismatch'],
    ['signed for another time', genuine, `t=${nowSeconds + 1},v1=${mac}`, 'signature_mismatch'],
    ['signed in an older scheme only', genuine, `t=${nowSeconds},v0=${mac}`, 'signature_malformed'],
    ['cut off', genuine.slice(0, -2), signed(genuine), 'cut_off'],
    [
      'longer than what was signed',
      bytes(`${new TextDecoder().decode(genuine)} `),
      signed(genuine),
      'signature_mismatch',
    ],
    ['with half a signature', genuine, `t=${nowSeconds},v1=${mac.slice(0, 32)}`, 'signature_mismatch'],
    ['with an empty signature', genuine, `t=${nowSeconds},v1=`, 'signature_mismatch'],
    [
      'with a signature in capitals',
      genuine,
      `t=${nowSeconds},v1=${mac.toUpperCase()}`,
      'signature_mismatch',
    ],
    [
      'with a signature of other characters',
      genuine,
      `t=${nowSeconds},v1=${'é'.repeat(64)}`,
      'signature_malformed',
    ],
    ['without a timestamp', genuine, `v1=${mac}`, 'signature_malformed'],
    ['with a timestamp in words', genuine, `t=now,v1=${mac}`, 'signature_malformed'],
    ['with a negative timestamp', genuine, `t=-5,v1=${mac}`, 'signature_malformed'],
    ['with a timestamp beyond numbers', genuine, `t=${'9'.repeat(400)},v1=${mac}`, 'signature_malformed'],
    ['with a header that is a sentence', genuine, 'Bearer of good news', 'signature_malformed'],
    [
      'with a header of thousands of signatures',
      genuine,
      `${signed(genuine)}${`,v1=${'0'.repeat(64)}`.repeat(1_000)}`,
      'signature_malformed',
    ],
    ['with a header just too long', genuine, signed(genuine).padEnd(2_049, ',a'), 'signature_malformed'],
  ];
  it.each(cases)('EC-20 is refused: %s', (_, body, header, reason) => {
    const check = verify(body, header);
    expect(check).toMatchObject({ accepted: false, reason });
  });

  it('EC-20 is refused with a hint that tells neither secret nor body', () => {
    for (const [, body, header] of cases) {
      const check = verify(body, header);
      const hint = check.accepted ? '' : check.hint;
      expect(hint.length).toBeGreaterThan(10);
      for (const kept of [secret, olderSecret, 'cus_1', mac]) expect(hint).not.toContain(kept);
    }
  });

  it('is called by every reason that there is', () => {
    const tested = new Set<RefusalReason>([
      ...cases.map(([, , , reason]) => reason),
      'timestamp_too_old',
      'timestamp_in_future',
    ]);
    // A body that is too large is refused before it is read to its end, by the route.
    const elsewhere: readonly RefusalReason[] = ['too_large', 'not_an_event'];
    const all = membersOf<RefusalReason>({
      signature_missing: true,
      signature_malformed: true,
      signature_mismatch: true,
      timestamp_too_old: true,
      timestamp_in_future: true,
      not_an_event: true,
      too_large: true,
      cut_off: true,
    });
    expect([...tested, ...elsewhere].sort()).toEqual(all.sort());
  });

  it('EC-20 never throws and is never accepted without the secret, whatever the header and the body', () => {
    const hex = fc.string({
      unit: fc.constantFrom(...'0123456789abcdef'.split('')),
      minLength: 64,
      maxLength: 64,
    });
    const anyHeader = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      hex.map((h) => `t=${nowSeconds},v1=${h}`),
      fc.string({ unit: 'binary', maxLength: 70 }).map((s) => `t=${nowSeconds},v1=${s}`),
      fc
        .array(fc.constantFrom('t=', 'v1=', 'v0=', ',', '=', ' ', `${nowSeconds}`, 'NaN', '\u0000', '💥'), {
          maxLength: 20,
        })
        .map((p) => p.join('')),
      fc.constant(undefined),
    );
    const anyBody = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json().map(bytes), fc.constant(genuine));
    fc.assert(
      fc.property(anyBody, anyHeader, fc.integer(), (body, header, at) => {
        expect(verify(body, header, at).accepted).toBe(false);
        expect(verify(body, header).accepted).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it('EC-20 is refused when any one byte of a signed body is another', () => {
    const header = signed(genuine);
    fc.assert(
      fc.property(fc.nat(genuine.length - 1), fc.integer({ min: 1, max: 255 }), (index, by) => {
        const changed = genuine.map((byte, i) => (i === index ? byte ^ by : byte));
        // Its last byte is by what a cut is told.
        expect(reasonOf(verify(changed, header))).toBe(
          index === genuine.length - 1 ? 'cut_off' : 'signature_mismatch',
        );
      }),
    );
  });
});

describe('what is signed and yet no event', () => {
  it.each([
    ['nothing', ''],
    ['a sentence', 'hello'],
    ['truncated JSON', JSON.stringify(event(invoice)).slice(0, -2)],
    ['null', 'null'],
    ['a list', '[]'],
    ['an object of another kind', JSON.stringify(invoice)],
    ['an event without an id', JSON.stringify(event(invoice, { id: undefined }))],
    ['an event with an endless id', JSON.stringify(event(invoice, { id: 'e'.repeat(256) }))],
    ['an event with an empty type', JSON.stringify(event(invoice, { type: '' }))],
    ['an event without its mode', JSON.stringify(event(invoice, { livemode: undefined }))],
    ['an event with its time in words', JSON.stringify(event(invoice, { created: 'today' }))],
    ['an event without data', JSON.stringify(event(invoice, { data: undefined }))],
    ['an event about nothing', JSON.stringify(event(null))],
    [
      'a thin event without its time and mode',
      JSON.stringify({
        id: 'evt_1',
        object: 'v2.core.event',
        type: 'v1.billing.meter.error_report_triggered',
        related_object: null,
      }),
    ],
  ])('EC-20 is refused, and not stored: %s', (_, text) => {
    expect(reasonOf(verify(bytes(text), signed(bytes(text))))).toBe('not_an_event');
  });

  it('EC-20 is refused when its bytes are no UTF-8', () => {
    const body = Uint8Array.from([...genuine.slice(0, -1), 0xff]);
    expect(verify(body, signed(body)).accepted).toBe(false);
  });

  it('EC-20 never throws on a signed body, whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.json().map((json) => JSON.stringify(event(JSON.parse(json)))),
        ),
        (text) => {
          expect(['accepted', 'not_an_event']).toContain(reasonOf(verify(bytes(text), signed(bytes(text)))));
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('the ids that an event names', () => {
  type Ids = Record<keyof Pick<BillingEvent, 'customer' | 'invoice' | 'subscription'>, string | null>;
  const idsOf = (object: unknown): Ids => {
    const body = bytes(JSON.stringify(event(object)));
    const check = verify(body, signed(body));
    if (!check.accepted) throw new Error(check.hint);
    const { customer, invoice: of, subscription } = check.event;
    return { customer, invoice: of, subscription };
  };

  const line = {
    id: 'il_1',
    object: 'line_item',
    amount: 4900,
    currency: 'usd',
    subscription: 'sub_of_a_line',
    invoice: 'in_1',
  };
  const today = {
    ...invoice,
    billing_reason: 'subscription_cycle',
    lines: { object: 'list', data: [line], has_more: false },
    parent: {
      type: 'subscription_details',
      quote_details: null,
      subscription_details: { metadata: {}, subscription: 'sub_1' },
    },
    payments: { object: 'list', data: [{ id: 'inpay_1', object: 'invoice_payment', invoice: 'in_1' }] },
  };
  const before = { ...invoice, subscription: 'sub_1', payment_intent: 'pi_1', charge: 'ch_1', paid: false };
  const shapes: readonly [string, unknown, Ids][] = [
    ['an invoice as of today', today, { customer: 'cus_1', invoice: 'in_1', subscription: 'sub_1' }],
    ['an invoice until 2025', before, { customer: 'cus_1', invoice: 'in_1', subscription: 'sub_1' }],
    [
      'an invoice with everything expanded',
      {
        ...today,
        customer: { id: 'cus_1', object: 'customer', email: 'ada@acme.example' },
        parent: {
          ...today.parent,
          subscription_details: { subscription: { id: 'sub_1', object: 'subscription' } },
        },
      },
      { customer: 'cus_1', invoice: 'in_1', subscription: 'sub_1' },
    ],
    [
      'an older invoice, expanded',
      { ...before, subscription: { id: 'sub_1', object: 'subscription' } },
      { customer: 'cus_1', invoice: 'in_1', subscription: 'sub_1' },
    ],
    [
      'an invoice of no subscription',
      { ...today, parent: null },
      { customer: 'cus_1', invoice: 'in_1', subscription: null },
    ],
    [
      'an invoice of a quote',
      {
        ...today,
        parent: { type: 'quote_details', quote_details: { quote: 'qt_1' }, subscription_details: null },
      },
      { customer: 'cus_1', invoice: 'in_1', subscription: null },
    ],
    [
      'an upcoming invoice, which has no id',
      { ...today, id: undefined },
      { customer: 'cus_1', invoice: null, subscription: 'sub_1' },
    ],
    [
      'a subscription',
      {
        id: 'sub_1',
        object: 'subscription',
        customer: 'cus_1',
        latest_invoice: 'in_9',
        status: 'past_due',
        items: { data: [{ id: 'si_1', current_period_end: 1 }] },
      },
      { customer: 'cus_1', invoice: null, subscription: 'sub_1' },
    ],
    [
      'a customer',
      { id: 'cus_1', object: 'customer', email: 'ada@acme.example', metadata: {} },
      { customer: 'cus_1', invoice: null, subscription: null },
    ],
    [
      'a charge as of today',
      { id: 'ch_1', object: 'charge', customer: 'cus_1', payment_intent: 'pi_1' },
      { customer: 'cus_1', invoice: null, subscription: null },
    ],
    [
      'a charge until 2025',
      { id: 'ch_1', object: 'charge', customer: 'cus_1', invoice: 'in_1' },
      { customer: 'cus_1', invoice: 'in_1', subscription: null },
    ],
    [
      'a payment intent until 2025',
      { id: 'pi_1', object: 'payment_intent', customer: 'cus_1', invoice: { id: 'in_1', object: 'invoice' } },
      { customer: 'cus_1', invoice: 'in_1', subscription: null },
    ],
    [
      'a payment of an invoice',
      { id: 'inpay_1', object: 'invoice_payment', invoice: 'in_1', payment: { payment_intent: 'pi_1' } },
      { customer: null, invoice: 'in_1', subscription: null },
    ],
    [
      'a checkout session',
      { id: 'cs_1', object: 'checkout.session', customer: 'cus_1', invoice: 'in_1', subscription: 'sub_1' },
      { customer: 'cus_1', invoice: 'in_1', subscription: 'sub_1' },
    ],
    [
      'a guest’s charge',
      { id: 'ch_1', object: 'charge', customer: null },
      { customer: null, invoice: null, subscription: null },
    ],
    [
      'a dispute',
      { id: 'du_1', object: 'dispute', charge: 'ch_1' },
      { customer: null, invoice: null, subscription: null },
    ],
    [
      'an object that is all wrong',
      { id: 5, object: [], customer: 7, invoice: {}, subscription: false, parent: 'x' },
      { customer: null, invoice: null, subscription: null },
    ],
  ];
  it.each(shapes)('are found in %s', (_, object, ids) => {
    expect(idsOf(object)).toEqual(ids);
  });
});

describe('a thin event', () => {
  const thin = (changes: object = {}) => ({
    id: 'evt_thin_1',
    object: 'v2.core.event',
    type: 'v1.invoice.paid',
    created: '2026-11-02T09:00:00.000Z',
    livemode: false,
    related_object: { id: 'in_1', type: 'invoice', url: '/v1/invoices/in_1' },
    ...changes,
  });
  const check = (event: object) => {
    const body = bytes(JSON.stringify(event));
    return verify(body, signed(body));
  };
  const eventIn = (event: object): BillingEvent | null => {
    const checked = check(event);
    return checked.accepted ? checked.event : null;
  };

  it('is accepted, called as its snapshot is, and says where its object is read', () => {
    expect(eventIn(thin())).toEqual({
      id: 'evt_thin_1',
      type: 'invoice.paid',
      createdAt: Date.parse('2026-11-02T09:00:00Z'),
      livemode: false,
      apiVersion: null,
      customer: null,
      invoice: 'in_1',
      subscription: null,
      context: null,
      related: '/v1/invoices/in_1',
    });
  });

  it('EC-11 has the id of its snapshot event, so that of both only the first counts', () => {
    expect(eventIn(thin({ snapshot_event: 'evt_1' }))?.id).toBe('evt_1');
    expect(eventIn(thin({ snapshot_event: null }))?.id).toBe('evt_thin_1');
  });

  it.each([
    ['customer', 'cus_1', '/v1/customers/cus_1', { customer: 'cus_1' }],
    ['subscription', 'sub_1', '/v1/subscriptions/sub_1', { subscription: 'sub_1' }],
    ['billing.meter', 'mtr_1', '/v1/billing/meters/mtr_1', { customer: null, invoice: null }],
  ])('names the id of a %s', (type, id, url, ids) => {
    expect(eventIn(thin({ related_object: { id, type, url } }))).toMatchObject({ ...ids, related: url });
  });

  it('that is about no object, or of a connected account, is accepted, too', () => {
    expect(eventIn(thin({ related_object: null, context: 'acct_1' }))).toMatchObject({
      context: 'acct_1',
      related: null,
    });
  });

  it.each([
    'https://example.com/v1/invoices/in_1',
    '//example.com/v1/invoices/in_1',
    '/v1/../v2/core/accounts',
    '/v1/invoices/in_1?expand[]=customer',
    '/v1/invoices/in_1#x',
    '/v1/invoices/in_1/pay',
    '/v1/invoices/%2e%2e',
    '/v1/invoices/in_1\n',
    '/v3/invoices/in_1',
    'v1/invoices/in_1',
    '',
  ])('never has us ask at another place than Stripe’s objects: %s', (url) => {
    const event = eventIn(thin({ related_object: { id: 'in_1', type: 'invoice', url } }));
    expect(event?.related ?? null).toBeNull();
  });

  it.each([
    ['without its time', { created: undefined }],
    ['with its time as a number', { created: 1_793_610_000 }],
    ['without its mode', { livemode: undefined }],
    ['without an id', { id: '' }],
  ])('EC-20 is refused %s', (_, changes) => {
    expect(reasonOf(check(thin(changes)))).toBe('not_an_event');
  });
});
