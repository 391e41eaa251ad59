import { asSubscriptionId, type CustomerId, type InvoiceId, type SubscriptionId } from '../../domain/ids.js';
import type { InvoiceFact, Standing, SubscriptionState } from '../../domain/standing.js';
import type { Instant } from '../../domain/time.js';
import type { Billing, CustomerFact } from '../../ports/billing.js';
import { PortError, type PortErrorCode } from '../../ports/errors.js';

export type MemoryInvoice = {
  readonly id: InvoiceId;
  readonly customer: CustomerId;
  readonly amountMinor: number;
  /** When a payment of it failed first. Left out: by now none was tried. */
  readonly failedAt?: Instant;
  /** An invoice that was sent with a date, instead of charged. */
  readonly dueAt?: Instant;
  readonly subscription?: SubscriptionId | null;
  readonly currency?: string;
  readonly number?: string;
};

/** What happens at the billing provider without Forbear: what the customer does, and the provider's own timetable. */
export type MemoryProvider = {
  addCustomer(customer: Partial<CustomerFact> & Pick<CustomerFact, 'id'>): void;
  /** Adds a subscription, or changes the state of the one of this id. */
  setSubscription(customer: CustomerId, id: string, state: SubscriptionState): void;
  addInvoice(invoice: MemoryInvoice): void;
  /** Pays an invoice, or a part of it. */
  pay(invoice: InvoiceId, amountMinor?: number): void;
  /** A payment of it is on its way from `at` on, as with a bank debit. */
  startPayment(invoice: InvoiceId, at: Instant): void;
  failPayment(invoice: InvoiceId, at: Instant): void;
  /** Happens once the clock has come to `at`, before the first read from then on. */
  plan(at: Instant, change: () => void): void;
};

export type MemoryBilling = Billing &
  MemoryProvider & {
    /** The next `times` reads fail with `BILLING_UNAVAILABLE`. */
    failNext(times: number): void;
    /** Every read until then fails, with `BILLING_UNAVAILABLE` unless told otherwise. */
    failUntil(at: Instant, code?: 'BILLING_UNAVAILABLE' | 'BILLING_REFUSED'): void;
    /** Whether lists are cut short from now on: what is read then is marked incomplete. */
    cutLists(isCut: boolean): void;
    /** Whether every read from now on is answered with what was answered last, and its age, as by a cache. */
    serveStale(isStale: boolean): void;
    /** Every standing that was asked for and when, also those that were not answered. */
    readonly reads: readonly { readonly at: Instant; readonly answered: boolean }[];
  };

type StoredInvoice = { readonly customer: CustomerId; readonly fact: InvoiceFact };
type StoredSubscription = { readonly customer: CustomerId; readonly state: SubscriptionState };

/** A tiny billing provider in memory, with the failures of a real one. For tests and the simulator. */
export function createMemoryBilling({ clock }: { clock: () => Instant | Promise<Instant> }): MemoryBilling {
  const { provider, settle, standingOf, customers } = createProvider();
  const reads: { at: Instant; answered: boolean }[] = [];
  let failures = 0;
  let failsUntil = -Infinity;
  let failure: PortErrorCode = 'BILLING_UNAVAILABLE';
  let isCut = false;
  let isStale = false;
  const answers = new Map<string, Standing>();

  async function now(): Promise<Instant> {
    const at = await clock();
    settle(at);
    return at;
  }

  return {
    ...provider,
    reads,
    failNext: (times) => void (failures += times),
    failUntil: (at, code = 'BILLING_UNAVAILABLE') => {
      failsUntil = at;
      failure = code;
    },
    cutLists: (cut) => void (isCut = cut),
    serveStale: (serve) => void (isStale = serve),
    async ping() {
      await Promise.resolve();
    },
    async readCustomer(id) {
      await now();
      return customers.get(id) ?? null;
    },
    async readStanding(asked) {
      const at = await now();
      const answered = failures === 0 && at >= failsUntil;
      reads.push({ at, answered });
      if (!answered) {
        failures = Math.max(0, failures - 1);
        throw new PortError(failure, 'the billing provider was told to fail');
      }
      // No customer is no knowledge, as with the real one.
      const complete = !isCut && asked.length > 0;
      const fresh: Standing = { readAt: at, complete, ...standingOf(asked) };
      const answer = (isStale ? answers.get(asked.join()) : undefined) ?? fresh;
      answers.set(asked.join(), answer);
      return answer;
    },
  };
}

function createProvider() {
  const customers = new Map<CustomerId, CustomerFact>();
  const subscriptions = new Map<string, StoredSubscription>();
  const invoices = new Map<InvoiceId, StoredInvoice>();
  let planned: readonly { readonly at: Instant; readonly change: () => void }[] = [];

  function change(id: InvoiceId, changes: (fact: InvoiceFact) => Partial<InvoiceFact>): void {
    const stored = invoices.get(id);
    if (stored === undefined) throw new Error(`there is no invoice ${id}`);
    invoices.set(id, { ...stored, fact: { ...stored.fact, ...changes(stored.fact) } });
  }

  const provider: MemoryProvider = {
    addCustomer: (customer) =>
      void customers.set(customer.id, { name: null, email: null, account: null, ...customer }),
    setSubscription: (customer, id, state) => void subscriptions.set(id, { customer, state }),
    addInvoice: (invoice) =>
      void invoices.set(invoice.id, { customer: invoice.customer, fact: factOf(invoice) }),
    pay: (id, amountMinor = Infinity) =>
      change(id, ({ remainingMinor }) => ({
        remainingMinor: Math.max(0, remainingMinor - amountMinor),
        processing: false,
      })),
    startPayment: (id, at) =>
      change(id, ({ finalizedAt }) => ({
        processing: true,
        attempted: true,
        finalizedAt: finalizedAt ?? at,
      })),
    failPayment: (id, at) =>
      change(id, ({ firstFailedAt }) => ({
        processing: false,
        attempted: true,
        firstFailedAt: firstFailedAt ?? at,
      })),
    plan: (at, happens) => void (planned = [...planned, { at, change: happens }]),
  };

  return {
    provider,
    customers,
    /** Lets happen what was planned up to now, in the order of its time. */
    settle(now: Instant): void {
      const due = planned.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
      planned = planned.filter(({ at }) => at > now);
      for (const { change: happens } of due) happens();
    },
    standingOf: (asked: readonly CustomerId[]): Pick<Standing, 'subscriptions' | 'invoices'> => ({
      subscriptions: [...subscriptions]
        .filter(([, { customer }]) => asked.includes(customer))
        .map(([id, { state }]) => ({ id: asSubscriptionId(id), state })),
      invoices: [...invoices.values()]
        .filter(({ customer, fact }) => asked.includes(customer) && fact.remainingMinor > 0)
        .map(({ fact }) => fact),
    }),
  };
}

function factOf(invoice: MemoryInvoice): InvoiceFact {
  const { id, amountMinor, failedAt = null, dueAt = null, subscription = null, currency = 'usd' } = invoice;
  return {
    id,
    number: invoice.number ?? null,
    subscription,
    currency,
    remainingMinor: amountMinor,
    collection: dueAt === null ? 'automatic' : 'sent',
    attempted: failedAt !== null,
    dueAt,
    firstFailedAt: failedAt,
    finalizedAt: failedAt ?? dueAt,
    processing: false,
    payUrl: `https://pay.example.com/${id}`,
  };
}
