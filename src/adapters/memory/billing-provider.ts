import type { Charge } from '../../domain/effect.js';
import { asSubscriptionId, type CustomerId, type InvoiceId, type SubscriptionId } from '../../domain/ids.js';
import { sumByCurrency, type Money } from '../../domain/money.js';
import type { InvoiceFact, Standing, SubscriptionState } from '../../domain/standing.js';
import type { Instant } from '../../domain/time.js';
import type { ChargeResult, CustomerFact } from '../../ports/billing.js';

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
  /** Deletes a customer. What he owes stays, but nothing that is read of him is complete any more. */
  removeCustomer(id: CustomerId): void;
  /** Adds a subscription, or changes the state of the one of this id. */
  setSubscription(customer: CustomerId, id: string, state: SubscriptionState): void;
  addInvoice(invoice: MemoryInvoice): void;
  /** Pays an invoice, or a part of it; a credit note does the same to a debt. */
  pay(invoice: InvoiceId, amountMinor?: number): void;
  void(invoice: InvoiceId): void;
  /** A payment of it is on its way from `at` on, as with a bank debit. */
  startPayment(invoice: InvoiceId, at: Instant): void;
  failPayment(invoice: InvoiceId, at: Instant): void;
  /** A payment of it waits for its payer from `at` on. */
  needConfirmation(invoice: InvoiceId, at: Instant): void;
  /** A new method comes into the slot that the invoice is charged on. Charged, it comes to `result`; by default it is good. */
  newMethod(invoice: InvoiceId, method: string, result?: ChargeResult): void;
  /** The customer's default is now this method, but his subscription goes on charging another one, which failed. */
  idleDefault(invoice: InvoiceId, method: string | null): void;
  /** Adds to the customer's balance; a negative sum takes from it. */
  giveCredit(customer: CustomerId, credit: Money): void;
  leaveStuckDraft(customer: CustomerId, id: InvoiceId, reason: string): void;
  /** Happens once the clock has come to `at`, before the first call from then on. */
  plan(at: Instant, change: () => void): void;
};

type Invoice = {
  readonly customer: CustomerId;
  readonly fact: InvoiceFact;
  /** The method whose payment waits for its payer, where that was one of ours. */
  readonly waitsOn?: string;
};
type Draft = Standing['stuckDrafts'][number] & { readonly customer: CustomerId };
type Planned = { readonly at: Instant; readonly change: () => void };

function createBooks() {
  return {
    customers: new Map<CustomerId, CustomerFact>(),
    removed: new Set<CustomerId>(),
    subscriptions: new Map<string, { readonly customer: CustomerId; readonly state: SubscriptionState }>(),
    invoices: new Map<InvoiceId, Invoice>(),
    methods: new Map<string, ChargeResult>(),
    credits: [] as (Money & { readonly customer: CustomerId })[],
    drafts: [] as Draft[],
    planned: [] as Planned[],
  };
}

type Books = ReturnType<typeof createBooks>;
export type MemoryBooks = ReturnType<typeof createMemoryProvider>;

/** The provider's books, what the world does to them, and what Forbear can read and do there. */
export function createMemoryProvider() {
  const books = createBooks();
  return {
    provider: createWorld(books),
    customerOf: (id: CustomerId) => (books.removed.has(id) ? null : (books.customers.get(id) ?? null)),
    stateOf: (id: SubscriptionId) => books.subscriptions.get(id)?.state ?? null,
    /** Lets happen what was planned up to now, in the order of its time. */
    settle(now: Instant): void {
      const due = books.planned.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
      books.planned = books.planned.filter(({ at }) => at > now);
      for (const { change } of due) change();
    },
    standingOf: (asked: readonly CustomerId[], ref?: string) => standingOf(books, asked, ref),
    /** What charging would come to without being done; `null` when there is no such invoice. */
    lookAt: (charge: Charge) => lookAt(books, charge),
    end: (id: SubscriptionId) => {
      const subscription = books.subscriptions.get(id);
      if (subscription !== undefined) books.subscriptions.set(id, { ...subscription, state: 'ended' });
    },
    /** Charges, and lets the result follow. */
    take: (charge: Charge, at: Instant) => take(books, charge, at),
  };
}

function createWorld(books: Books): MemoryProvider {
  const { customers, subscriptions, invoices, methods } = books;
  const change = (id: InvoiceId, changes: (fact: InvoiceFact) => Partial<InvoiceFact>) =>
    changeInvoice(books, id, changes);
  return {
    addCustomer: (customer) =>
      void customers.set(customer.id, {
        name: null,
        email: null,
        account: null,
        language: null,
        ...customer,
      }),
    removeCustomer: (id) => void books.removed.add(id),
    setSubscription: (customer, id, state) => void subscriptions.set(id, { customer, state }),
    addInvoice: (invoice) =>
      void invoices.set(invoice.id, { customer: invoice.customer, fact: factOf(invoice) }),
    pay: (id, amountMinor = Infinity) =>
      change(id, (fact) => (amountMinor < fact.remainingMinor ? less(fact, amountMinor) : settled)),
    void: (id) => change(id, () => settled),
    startPayment: (id, at) => change(id, (fact) => inFlight(fact, at)),
    failPayment: (id, at) => change(id, (fact) => failed(fact, at)),
    needConfirmation: (id, at) => change(id, (fact) => unconfirmed(fact, at)),
    newMethod: (id, method, result = 'paid') => {
      methods.set(method, result);
      change(id, () => ({ untried: method }));
    },
    idleDefault: (id, method) => change(id, () => ({ idleDefault: method })),
    giveCredit: (customer, credit) => void books.credits.push({ customer, ...credit }),
    leaveStuckDraft: (customer, id, reason) => void books.drafts.push({ customer, id, reason }),
    plan: (at, happens) => void books.planned.push({ at, change: happens }),
  };
}

function changeInvoice(
  { invoices }: Books,
  id: InvoiceId,
  changes: (fact: InvoiceFact) => Partial<InvoiceFact>,
): void {
  const stored = invoices.get(id);
  if (stored === undefined) throw new Error(`there is no invoice ${id}`);
  invoices.set(id, { customer: stored.customer, fact: { ...stored.fact, ...changes(stored.fact) } });
}

const idle = { processingSince: null, confirmationSince: null };
const settled = { ...idle, remainingMinor: 0, untried: null, idleDefault: null };

const less = ({ remainingMinor }: InvoiceFact, amountMinor: number) => ({
  remainingMinor: remainingMinor - amountMinor,
});

const inFlight = ({ finalizedAt }: InvoiceFact, at: Instant) => ({
  ...idle,
  ...{ processingSince: at, attempted: true, untried: null, finalizedAt: finalizedAt ?? at },
});

const failed = ({ firstFailedAt }: InvoiceFact, at: Instant) => ({
  ...idle,
  ...{ attempted: true, firstFailedAt: firstFailedAt ?? at },
});

const unconfirmed = ({ finalizedAt }: InvoiceFact, at: Instant) => ({
  ...idle,
  ...{ confirmationSince: at, attempted: true, untried: null, finalizedAt: finalizedAt ?? at },
});

function standingOf(books: Books, asked: readonly CustomerId[], ref?: string): Omit<Standing, 'readAt'> {
  const isAsked = ({ customer }: { readonly customer: CustomerId }) => asked.includes(customer);
  const rows = [...books.subscriptions.values(), ...books.invoices.values()];
  const isKnown = (id: CustomerId) =>
    !books.removed.has(id) && (books.customers.has(id) || rows.some(({ customer }) => customer === id));
  return {
    // Neither no customer nor one that is unknown is any knowledge, as with the real one.
    complete: asked.length > 0 && asked.every(isKnown),
    subscriptions: [...books.subscriptions]
      .filter(([, subscription]) => isAsked(subscription))
      .map(([id, { state }]) => ({ id: asSubscriptionId(id), state })),
    invoices: [...books.invoices.values()]
      .filter((invoice) => isAsked(invoice) && invoice.fact.remainingMinor > 0)
      // While a payment is on its way nothing else can be charged.
      .map(({ fact }) =>
        fact.processingSince === null ? fact : { ...fact, untried: null, idleDefault: null },
      ),
    credits: sumByCurrency(books.credits.filter(isAsked)).filter(({ amountMinor }) => amountMinor > 0),
    stuckDrafts: books.drafts.filter(isAsked).map(({ id, reason }) => ({ id, reason })),
    doubtful: asked.flatMap((customer) => doubtsOf(books, customer, isKnown(customer), ref)),
  };
}

function doubtsOf(
  { customers }: Books,
  customer: CustomerId,
  isKnown: boolean,
  ref: string | undefined,
): Standing['doubtful'] {
  if (!isKnown) return [{ customer, names: null }];
  const names = customers.get(customer)?.account ?? null;
  return ref === undefined || names === null || names === ref ? [] : [{ customer, names }];
}

function lookAt({ invoices }: Books, { invoice, method }: Charge): ChargeResult | 'unpaid' | null {
  const stored = invoices.get(invoice);
  if (stored === undefined) return null;
  const { remainingMinor, processingSince, confirmationSince } = stored.fact;
  if (remainingMinor === 0) return 'paid';
  if (processingSince !== null) return 'processing';
  return confirmationSince !== null && stored.waitsOn === method ? 'unconfirmed' : 'unpaid';
}

/** A method that nobody has told of is one that is gone meanwhile: it is declined. */
function take(books: Books, { invoice, method }: Charge, at: Instant): ChargeResult {
  const result = books.methods.get(method) ?? 'declined';
  const after = { paid: () => settled, processing: inFlight, unconfirmed, declined: failed }[result];
  changeInvoice(books, invoice, (fact) => ({ untried: null, ...after(fact, at) }));
  const stored = books.invoices.get(invoice);
  if (stored !== undefined && result === 'unconfirmed')
    books.invoices.set(invoice, { ...stored, waitsOn: method });
  return result;
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
    ...idle,
    payUrl: `https://pay.example.com/${id}`,
    untried: null,
    idleDefault: null,
  };
}
