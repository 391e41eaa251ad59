import type { Charge } from '../../domain/effect.js';
import type { InvoiceId, SubscriptionId } from '../../domain/ids.js';
import type { Standing } from '../../domain/standing.js';
import { DAY_MS, type Instant } from '../../domain/time.js';
import { sumByCurrency } from '../../domain/money.js';
import type { Billing, BillingTraits, ChargeResult } from '../../ports/billing.js';
import { PortError, type PortErrorCode } from '../../ports/errors.js';
import { createMemoryProvider, type MemoryBooks, type MemoryProvider } from './billing-provider.js';

export type { MemoryProvider } from './billing-provider.js';

type CollectionEnding = Parameters<Billing['endCollection']>[1];

/** A charge that was made: neither a repeat under the same key nor one that was no longer needed. */
export type MemoryCharge = Charge & {
  readonly key: string;
  readonly at: Instant;
  readonly result: ChargeResult;
};

/** `pay` is Forbear's with a charge and a key, and the customer's own with an invoice and an amount. */
export type MemoryBilling = Billing &
  MemoryProvider & {
    /** What the provider knows of the account besides what it owes. */
    describe(known: Partial<BillingTraits>): void;
    /** The next `times` reads fail with `BILLING_UNAVAILABLE`. */
    failNext(times: number): void;
    /** Every read, charge and ending until then fails, with `BILLING_UNAVAILABLE` unless told otherwise. */
    failUntil(at: Instant, code?: 'BILLING_UNAVAILABLE' | 'BILLING_REFUSED'): void;
    /** Whether lists are cut short from now on: what is read then is marked incomplete. */
    cutLists(isCut: boolean): void;
    /** Whether every read from now on is answered with what was answered last, and its age, as by a cache. */
    serveStale(isStale: boolean): void;
    /** Every standing that was asked for and when, also those that were not answered. */
    readonly reads: readonly { readonly at: Instant; readonly answered: boolean }[];
    /** Every charge that was made for Forbear, in order. */
    readonly charges: readonly MemoryCharge[];
    /** Every subscription whose collection Forbear has ended, once each. */
    readonly ended: readonly { readonly subscription: SubscriptionId; readonly how: CollectionEnding }[];
  };

const refuse = (message: string) => new PortError('BILLING_REFUSED', message);

/** A tiny billing provider in memory, with the failures of a real one. For tests and the simulator. */
export function createMemoryBilling({ clock }: { clock: () => Instant | Promise<Instant> }): MemoryBilling {
  const books = createMemoryProvider();
  const orders = createOrders(books);
  const reads: { at: Instant; answered: boolean }[] = [];
  let failures = 0;
  let failsUntil = -Infinity;
  let failure: PortErrorCode = 'BILLING_UNAVAILABLE';
  let isCut = false;
  let isStale = false;
  let traits: Partial<BillingTraits> = {};
  const answers = new Map<string, Standing>();

  async function now(): Promise<Instant> {
    const at = await clock();
    books.settle(at);
    return at;
  }

  const told = () => new PortError(failure, 'the billing provider was told to fail');

  async function nowUnlessDown(): Promise<Instant> {
    const at = await now();
    if (at < failsUntil) throw told();
    return at;
  }

  function pay(charge: Charge, key: string): Promise<ChargeResult>;
  function pay(invoice: InvoiceId, amountMinor?: number): void;
  function pay(what: Charge | InvoiceId, by?: string | number): Promise<ChargeResult> | undefined {
    if (typeof what !== 'string') return nowUnlessDown().then((at) => orders.charge(what, String(by), at));
    books.provider.pay(what, typeof by === 'number' ? by : undefined);
    return undefined;
  }

  return {
    ...books.provider,
    pay,
    reads,
    charges: orders.charges,
    ended: orders.ended,
    describe: (known) => void (traits = known),
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
      return books.customerOf(id);
    },
    async readTraits(asked) {
      await nowUnlessDown();
      return { ...noTraits, owed: sumByCurrency(owedIn(books.standingOf(asked))), ...traits };
    },
    async readStanding(asked, ref) {
      const at = await now();
      const answered = failures === 0 && at >= failsUntil;
      reads.push({ at, answered });
      if (!answered) {
        failures = Math.max(0, failures - 1);
        throw told();
      }
      const { complete, ...standing } = books.standingOf(asked, ref);
      const fresh: Standing = { readAt: at, complete: complete && !isCut, ...standing };
      const answer = (isStale ? answers.get(asked.join()) : undefined) ?? fresh;
      answers.set(asked.join(), answer);
      return answer;
    },
    async endCollection(subscriptions, how) {
      await nowUnlessDown();
      for (const subscription of subscriptions) orders.end(subscription, how);
    },
  };
}

const noTraits: BillingTraits = { plans: [], owed: [], declineCodes: [], country: null, since: null };

const owedIn = ({ invoices }: Pick<Standing, 'invoices'>) =>
  invoices.map(({ currency, remainingMinor: amountMinor }) => ({ currency, amountMinor }));

/** What Forbear has done at the provider. */
function createOrders(books: MemoryBooks) {
  const charges: MemoryCharge[] = [];
  const ended: { subscription: SubscriptionId; how: CollectionEnding }[] = [];
  return {
    charges,
    ended,
    charge(wanted: Charge, key: string, at: Instant): ChargeResult {
      const seen = books.lookAt(wanted);
      if (seen === null) throw refuse(`there is no invoice ${wanted.invoice}`);
      if (seen !== 'unpaid') return seen;
      const before = charges.find((made) => made.key === key && at - made.at < DAY_MS);
      if (before === undefined) {
        const result = books.take(wanted, at);
        charges.push({ ...wanted, key, at, result });
        return result;
      }
      if (before.invoice !== wanted.invoice || before.method !== wanted.method) {
        throw refuse(`the key ${key} was used for another charge`);
      }
      // It was on its way then and is unpaid now: it has come back.
      return before.result === 'processing' ? 'declined' : before.result;
    },
    end(subscription: SubscriptionId, how: CollectionEnding): void {
      const state = books.stateOf(subscription);
      if (state === null) throw refuse(`there is no subscription ${subscription}`);
      const isRepeated = ended.some((done) => done.subscription === subscription && done.how === how);
      if (state === 'ended' || isRepeated) return;
      ended.push({ subscription, how });
      // A collection that is paused leaves its subscription as it was.
      if (how === 'cancel') books.end(subscription);
    },
  };
}
