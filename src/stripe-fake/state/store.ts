import { randomBytes } from 'node:crypto';
import type {
  Charge,
  Customer,
  Dispute,
  Invoice,
  InvoiceItem,
  InvoicePayment,
  PaymentIntent,
  PaymentMethod,
  Price,
  Product,
  Refund,
  StripeEvent,
  Subscription,
  WebhookEndpoint,
} from './objects.js';
import { Table } from './table.js';

/** A stored answer, replayed for the same Idempotency-Key. */
export interface StoredResponse {
  id: string;
  fingerprint: string;
  status: number;
  body: string;
  createdAt: number;
}

interface Rows {
  customers: Customer[];
  products: Product[];
  prices: Price[];
  paymentMethods: PaymentMethod[];
  subscriptions: Subscription[];
  invoices: Invoice[];
  invoiceItems: InvoiceItem[];
  invoicePayments: InvoicePayment[];
  paymentIntents: PaymentIntent[];
  charges: Charge[];
  refunds: Refund[];
  disputes: Dispute[];
  webhookEndpoints: WebhookEndpoint[];
  events: StripeEvent[];
  responses: StoredResponse[];
}

/** The whole state as it is written to the state file. */
export interface Snapshot extends Partial<Rows> {
  offsetMs: number;
  invoiceCount: number;
  ranUntilMs: number;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A new id that looks like Stripe's: prefix, underscore, 24 letters and digits. */
export function newId(prefix: string, length = 24): string {
  let id = '';
  for (const byte of randomBytes(length)) id += alphabet.charAt(byte % alphabet.length);
  return `${prefix}_${id}`;
}

/** All objects of the account, one table a noun. */
export class Store {
  readonly customers: Table<Customer>;
  readonly products: Table<Product>;
  readonly prices: Table<Price>;
  readonly paymentMethods: Table<PaymentMethod>;
  readonly subscriptions: Table<Subscription>;
  readonly invoices: Table<Invoice>;
  readonly invoiceItems: Table<InvoiceItem>;
  readonly invoicePayments: Table<InvoicePayment>;
  readonly paymentIntents: Table<PaymentIntent>;
  readonly charges: Table<Charge>;
  readonly refunds: Table<Refund>;
  readonly disputes: Table<Dispute>;
  readonly webhookEndpoints: Table<WebhookEndpoint>;
  readonly events: Table<StripeEvent>;
  readonly responses: Table<StoredResponse>;
  invoiceCount: number;
  /** Everything that was due until then (ms on the fake's clock) has happened. */
  ranUntilMs: number;

  constructor(from?: Snapshot) {
    this.customers = new Table(from?.customers);
    this.products = new Table(from?.products);
    this.prices = new Table(from?.prices);
    this.paymentMethods = new Table(from?.paymentMethods);
    this.subscriptions = new Table(from?.subscriptions);
    this.invoices = new Table(from?.invoices);
    this.invoiceItems = new Table(from?.invoiceItems);
    this.invoicePayments = new Table(from?.invoicePayments);
    this.paymentIntents = new Table(from?.paymentIntents);
    this.charges = new Table(from?.charges);
    this.refunds = new Table(from?.refunds);
    this.disputes = new Table(from?.disputes);
    this.webhookEndpoints = new Table(from?.webhookEndpoints);
    this.events = new Table(from?.events);
    this.responses = new Table(from?.responses);
    this.invoiceCount = from?.invoiceCount ?? 0;
    this.ranUntilMs = from?.ranUntilMs ?? 0;
  }

  private tables(): { [Noun in keyof Rows]: Table<Rows[Noun][number]> } {
    const { customers, products, prices, paymentMethods, subscriptions, invoices, invoiceItems } = this;
    const {
      invoicePayments,
      paymentIntents,
      charges,
      refunds,
      disputes,
      webhookEndpoints,
      events,
      responses,
    } = this;
    return {
      ...{
        customers,
        products,
        prices,
        paymentMethods,
        subscriptions,
        invoices,
        invoiceItems,
        invoicePayments,
      },
      ...{ paymentIntents, charges, refunds, disputes, webhookEndpoints, events, responses },
    };
  }

  snapshot(offsetMs: number): Snapshot {
    const rows = Object.entries(this.tables()).map(([noun, table]) => [noun, table.all()]);
    const { invoiceCount, ranUntilMs } = this;
    return { ...(Object.fromEntries(rows) as Rows), offsetMs, invoiceCount, ranUntilMs };
  }

  counts(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.tables()).map(([noun, table]) => [noun, table.size]));
  }

  /** The object with this id, whatever its noun: what `expand` follows. */
  find(id: string): { id: string } | undefined {
    for (const table of Object.values(this.tables())) {
      const found = table.get(id);
      if (found) return found;
    }
    return undefined;
  }
}
