import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { Workbench } from '../workbench.js';

/** What the worker meets outside: a Stripe at which every debtor owes one invoice, and a mail server that counts. */
export type World = {
  readonly stripe: string;
  readonly smtp: string;
  /** How many mails each address has got. */
  readonly mails: ReadonlyMap<string, number>;
  /** Since when the invoices of debtors are overdue. */
  setDueAt(at: number): void;
};

/** Customers whose id begins so owe something; all others owe nothing. */
export const debtorPrefix = 'cus_debtor';

export async function openWorld(bench: Workbench): Promise<World> {
  let dueAt = 0;
  const mails = new Map<string, number>();
  const stripe = createServer(({ url = '' }, response) => {
    const rows = rowsOf(new URL(url, 'http://stripe'), dueAt);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ object: 'list', has_more: false, url, data: rows }));
  });
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onData(stream, { envelope }, done) {
      for (const { address } of envelope.rcptTo) mails.set(address, (mails.get(address) ?? 0) + 1);
      stream.once('end', () => done());
      stream.resume();
    },
  });
  smtp.on('error', (error) => bench.say(`smtp: ${error.message}`));
  bench.atEnd(() => {
    stripe.close();
    stripe.closeAllConnections();
    smtp.close();
  });
  return {
    stripe: `http://127.0.0.1:${await listen(stripe)}`,
    smtp: `smtp://127.0.0.1:${await listenSmtp(smtp)}`,
    mails,
    setDueAt: (at) => void (dueAt = at),
  };
}

const host = '127.0.0.1';
const portOf = (address: AddressInfo | string | null) => (address as AddressInfo).port;

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return portOf(server.address());
}

async function listenSmtp(smtp: SMTPServer): Promise<number> {
  await new Promise<void>((resolve) => smtp.listen(0, host, resolve));
  return portOf(smtp.server.address());
}

/** The few lists that a standing is read from, in Stripe's shapes. */
function rowsOf({ pathname, searchParams }: URL, dueAt: number): unknown[] {
  const customer = searchParams.get('customer') ?? '';
  switch (pathname) {
    case '/v1/subscriptions':
      return [subscriptionOf(customer)];
    case '/v1/invoices': {
      const owes = customer.startsWith(debtorPrefix) && searchParams.get('status') === 'open';
      return owes ? [invoiceOf(customer, Math.floor(dueAt / 1_000))] : [];
    }
    default:
      return [];
  }
}

const nothingStored = { default_payment_method: null, default_source: null };

function subscriptionOf(customer: string) {
  return {
    id: customer.replace('cus', 'sub'),
    object: 'subscription',
    status: 'active',
    ...nothingStored,
    customer: {
      id: customer,
      object: 'customer',
      balance: 0,
      currency: 'usd',
      invoice_credit_balance: {},
      cash_balance: null,
      default_source: null,
      invoice_settings: { default_payment_method: null },
    },
  };
}

function invoiceOf(customer: string, dueAtSeconds: number) {
  const id = customer.replace('cus', 'in');
  return {
    id,
    object: 'invoice',
    number: `B-${id}`,
    status: 'open',
    customer,
    currency: 'usd',
    amount_remaining: 9_900,
    collection_method: 'send_invoice',
    attempted: false,
    attempt_count: 0,
    due_date: dueAtSeconds,
    status_transitions: { finalized_at: dueAtSeconds },
    hosted_invoice_url: `https://pay.forbear.test/${id}`,
    parent: { subscription_details: { subscription: customer.replace('cus', 'sub') } },
    ...nothingStored,
  };
}
