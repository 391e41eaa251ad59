import { randomBytes } from 'node:crypto';
import type {
  Customer,
  Invoice,
  InvoiceItem,
  Price,
  Product,
  StripeEvent,
  Subscription,
  WebhookEndpoint,
} from './objects.js';
import type {
  BalanceTransaction,
  Charge,
  CreditNote,
  Dispute,
  InvoicePayment,
  Mandate,
  PaymentIntent,
  PaymentMethod,
  Refund,
} from './payment-objects.js';
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
  mandates: Mandate[];
  subscriptions: Subscription[];
  invoices: Invoice[];
  invoiceItems: InvoiceItem[];
  invoicePayments: InvoicePayment[];
  paymentIntents: PaymentIntent[];
  charges: Charge[];
  refunds: Refund[];
  creditNotes: CreditNote[];
  balanceTransactions: BalanceTransaction[];
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
  readonly mandates: Table<Mandate>;
  readonly subscriptions: Table<Subscription>;
  readonly invoices: Table<Invoice>;
  readonly invoiceItems: Table<InvoiceItem>;
  readonly invoicePayments: Table<InvoicePayment>;
  readonly paymentIntents: Table<PaymentIntent>;
  readonly charges: Table<Charge>;
  readonly refunds: Table<Refund>;
  readonly creditNotes: Table<CreditNote>;
  readonly balanceTransactions: Table<BalanceTransaction>;
  readonly disputes: Table<Dispute>;
  readonly webhookEndpoints: Table<WebhookEndpoint>;
  readonly events: Table<StripeEvent>;
  readonly responses: Table<StoredResponse>;
  invoiceCount: number;
  /** Everything that was due until then (ms on the fake's clock) has happened. */
  ranUntilMs: number;
  private readonly tables: { [Noun in keyof Rows]: Table<Rows[Noun][number]> };

  constructor(from?: Snapshot) {
    this.tables = {
      customers: (this.customers = new Table(from?.customers)),
      products: (this.products = new Table(from?.products)),
      prices: (this.prices = new Table(from?.prices)),
      paymentMethods: (this.paymentMethods = new Table(from?.paymentMethods)),
      mandates: (this.mandates = new Table(from?.mandates)),
      subscriptions: (this.subscriptions = new Table(from?.subscriptions)),
      invoices: (this.invoices = new Table(from?.invoices)),
      invoiceItems: (this.invoiceItems = new Table(from?.invoiceItems)),
      invoicePayments: (this.invoicePayments = new Table(from?.invoicePayments)),
      paymentIntents: (this.paymentIntents = new Table(from?.paymentIntents)),
      charges: (this.charges = new Table(from?.charges)),
      refunds: (this.refunds = new Table(from?.refunds)),
      creditNotes: (this.creditNotes = new Table(from?.creditNotes)),
      balanceTransactions: (this.balanceTransactions = new Table(from?.balanceTransactions)),
      disputes: (this.disputes = new Table(from?.disputes)),
      webhookEndpoints: (this.webhookEndpoints = new Table(from?.webhookEndpoints)),
      events: (this.events = new Table(from?.events)),
      responses: (this.responses = new Table(from?.responses)),
    };
    this.invoiceCount = from?.invoiceCount ?? 0;
    this.ranUntilMs = from?.ranUntilMs ?? 0;
  }

  snapshot(offsetMs: number): Snapshot {
    const rows = Object.entries(this.tables).map(([noun, table]) => [noun, table.all()]);
    const { invoiceCount, ranUntilMs } = this;
    return { ...(Object.fromEntries(rows) as Rows), offsetMs, invoiceCount, ranUntilMs };
  }

  counts(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.tables).map(([noun, table]) => [noun, table.size]));
  }

  /** The object with this id, whatever its noun: what `expand` follows. */
  find(id: string): { id: string } | undefined {
    for (const table of Object.values(this.tables)) {
      const found = table.get(id);
      if (found) return found;
    }
    return undefined;
  }
}
