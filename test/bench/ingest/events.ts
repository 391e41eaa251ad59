import { createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';

/** Events as Stripe sends them, each with an id of its own, ready to be signed. */
export type Events = {
  /** The next event; its body is overwritten by the one after it, unless it is copied. */
  next(): { readonly id: string; readonly body: Buffer };
  /** Of every thousandth, a copy of its body by its id. */
  readonly samples: ReadonlyMap<string, Buffer>;
};

const sampleEvery = 1_000;

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** At random, as the ids and tokens of Stripe's are: they are what doesn't deflate. */
function token(length: number): string {
  return Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join('');
}

/** An event's id and its invoice's both end in as many digits: the event's count. */
export const countDigits = 12;
const idOf = (run: string, n: number) => `evt_${run}${String(n).padStart(countDigits, '0')}`;

/** Events about these customers in turn, each about an invoice of its own. To serialise thousands a second would measure the generator. */
export function createEvents(customers: readonly string[]): Events {
  const run = token(12);
  const templates = customers.map((customer) => templateOf(run, customer));
  const samples = new Map<string, Buffer>();
  let sent = 0;
  return {
    samples,
    next() {
      sent += 1;
      const { body, countAt } = templates[sent % templates.length] ?? { body: Buffer.alloc(0), countAt: [] };
      const count = String(sent).padStart(countDigits, '0');
      for (const at of countAt) body.write(count, at, 'latin1');
      const id = idOf(run, sent);
      if (sent % sampleEvery === 0) samples.set(id, Buffer.from(body));
      return { id, body };
    },
  };
}

/** An event's body, and where in it the count belongs that makes the event's id and its invoice's their own. */
function templateOf(run: string, customer: string): { body: Buffer; countAt: number[] } {
  const invoice = `in_1${token(23 - countDigits)}`;
  const zeros = '0'.repeat(countDigits);
  const body = Buffer.from(JSON.stringify(invoicePaid(idOf(run, 0), customer, invoice + zeros)));
  const countAt: number[] = ['{"id":"evt_'.length + run.length];
  for (let at = body.indexOf(invoice); at >= 0; at = body.indexOf(invoice, at + 1))
    countAt.push(at + invoice.length);
  return { body, countAt };
}

export type Sign = (body: Uint8Array) => string;

/** Signs as Stripe does, at the moment of sending. */
export function createSign(secret: string): Sign {
  const key: KeyObject = createSecretKey(Buffer.from(secret));
  return (body) => {
    const t = Math.floor(Date.now() / 1_000);
    return `t=${t},v1=${createHmac('sha256', key).update(`${t}.`).update(body).digest('hex')}`;
  };
}

/** `invoice.paid` in Stripe's current shape, with one line: some 3 KB. */
function invoicePaid(id: string, customer: string, invoice: string) {
  const created = Math.floor(Date.now() / 1_000);
  const [item, line] = [`si_${token(14)}`, `il_1${token(23)}`];
  const [subscription, price, product] = [`sub_1${token(23)}`, `price_1${token(23)}`, `prod_${token(14)}`];
  const [account, secret] = [`acct_1${token(15)}`, token(60)];
  const period = { start: created, end: created + 2_678_400 };
  return {
    id,
    object: 'event',
    api_version: '2026-10-28.endive',
    created,
    data: {
      object: {
        id: invoice,
        object: 'invoice',
        account_country: 'DE',
        account_name: 'Forbear Example',
        amount_due: 4900,
        amount_paid: 4900,
        amount_remaining: 0,
        attempt_count: 1,
        attempted: true,
        auto_advance: false,
        automatic_tax: { enabled: true, liability: { type: 'self' }, status: 'complete' },
        billing_reason: 'subscription_cycle',
        collection_method: 'charge_automatically',
        created,
        currency: 'eur',
        customer,
        customer_address: { city: 'Berlin', country: 'DE', line1: 'Hauptstr. 1', postal_code: '10827' },
        customer_email: `billing+${token(8)}@acme.example`,
        customer_name: `Company ${token(8)}`,
        customer_tax_exempt: 'none',
        default_payment_method: null,
        effective_at: created,
        hosted_invoice_url: `https://invoice.stripe.com/i/${account}/test_${secret}?s=ap`,
        invoice_pdf: `https://pay.stripe.com/invoice/${account}/test_${secret}/pdf?s=ap`,
        lines: {
          object: 'list',
          data: [
            {
              id: line,
              object: 'line_item',
              amount: 4900,
              currency: 'eur',
              description: '1 × Team (at €49.00 / month)',
              discountable: true,
              invoice,
              livemode: false,
              metadata: {},
              parent: {
                subscription_item_details: { proration: false, subscription, subscription_item: item },
                type: 'subscription_item_details',
              },
              period,
              pricing: {
                price_details: { price, product },
                type: 'price_details',
                unit_amount_decimal: '4900',
              },
              quantity: 1,
              subtotal: 4118,
              taxes: [{ amount: 782, tax_behavior: 'inclusive', taxable_amount: 4118 }],
            },
          ],
          has_more: false,
          total_count: 1,
          url: `/v1/invoices/${invoice}/lines`,
        },
        livemode: false,
        metadata: { plan: 'team', region: 'eu-central' },
        next_payment_attempt: null,
        number: `${token(8).toUpperCase()}-0007`,
        parent: {
          subscription_details: { metadata: { workspace: token(16) }, subscription },
          type: 'subscription_details',
        },
        payment_settings: { default_mandate: null, payment_method_types: ['card', 'sepa_debit'] },
        payments: {
          object: 'list',
          data: [
            {
              id: `inpay_1${token(23)}`,
              object: 'invoice_payment',
              amount_paid: 4900,
              amount_requested: 4900,
              invoice,
              is_default: true,
              payment: { payment_intent: `pi_3${token(23)}`, type: 'payment_intent' },
              status: 'paid',
            },
          ],
          has_more: false,
        },
        period_end: created,
        period_start: created - 2_678_400,
        receipt_number: null,
        starting_balance: 0,
        status: 'paid',
        status_transitions: { finalized_at: created, paid_at: created, voided_at: null },
        subtotal: 4900,
        total: 4900,
        total_taxes: [{ amount: 782, tax_behavior: 'inclusive', taxable_amount: 4118 }],
        webhooks_delivered_at: created,
      },
    },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type: 'invoice.paid',
  };
}
