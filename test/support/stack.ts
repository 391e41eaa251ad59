import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import Stripe from 'stripe';
import { openDatabase, type Db } from '../../src/db/client.js';
import type { StackDescription } from '../../src/dev/description.js';
import type { CaughtMail } from '../../src/dev/mail-store.js';
import { freePorts, type DevOptions } from '../../src/dev/options.js';
import { checkout } from './stack-folder.js';

/** How a test's stack is started: on free ports, with the fakes, enforcing the given policy. */
export function stackOptions(
  folder: string,
  policy: string,
  overrides: Partial<DevOptions> = {},
): DevOptions {
  const policyFile = join(folder, 'policy.yaml');
  writeFileSync(policyFile, policy);
  return {
    root: checkout,
    dataFolder: join(folder, 'data'),
    ports: freePorts,
    stripe: null,
    policyFile,
    mode: 'enforce',
    mailFrom: 'billing@forbear.test',
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('FORBEAR_'))),
    say: () => undefined,
    ...overrides,
  };
}

export type Instance = {
  readonly id: string;
  readonly size: number;
  readonly locked: boolean;
  readonly serving: boolean;
};

/** Everybody's way into a running stack: the customer's, Stripe's, the operator's and the app's. */
export type Ways = {
  readonly at: Omit<StackDescription, 'pids'>;
  readonly stripe: Stripe;
  /** What Stripe's own API can't be asked for. */
  fake<T>(path: string, body: unknown): Promise<T>;
  mailsTo(address: string): Promise<CaughtMail[]>;
  readonly platform: {
    instances(ref: string): Promise<Instance[]>;
    create(ref: string, id: string, size: number): Promise<number>;
    /** Resolves to the status that the customer is answered with. */
    scale(ref: string, id: string, size: number): Promise<number>;
    setDrainMs(ref: string, drainMs: number | null): Promise<void>;
  };
  readonly db: Db;
  readonly temporal: Client;
  /** What `forbear …` needs to find this stack. */
  readonly settings: Readonly<Record<string, string>>;
  close(): Promise<void>;
};

export function waysInto(at: Omit<StackDescription, 'pids'>): Ways {
  const { hostname, port } = new URL(at.stripe.base);
  const client = { host: hostname, port, protocol: 'http', telemetry: false, maxNetworkRetries: 2 } as const;
  const database = openDatabase(at.postgres, 4);
  const connection = Connection.lazy({ address: at.temporal.address });
  return {
    at,
    stripe: new Stripe(at.stripe.key, client),
    async fake<T>(path: string, body: unknown) {
      const headers = { authorization: `Bearer ${at.stripe.key}` };
      const answer = await ask(`${at.stripe.base}/_fake${path}`, 'POST', body, headers);
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as T;
    },
    async mailsTo(address) {
      const mails = (await (await fetch(at.mail.messages)).json()) as CaughtMail[];
      return mails.filter(({ to }) => to.includes(address));
    },
    platform: platformAt(`${at.platform.base}/customer`),
    db: database.db,
    temporal: new Client({ connection, namespace: at.temporal.namespace }),
    settings: {
      DATABASE_URL: at.postgres,
      TEMPORAL_ADDRESS: at.temporal.address,
      TEMPORAL_NAMESPACE: at.temporal.namespace,
    },
    async close() {
      await connection.close();
      await database.close();
    },
  };
}

function platformAt(base: string): Ways['platform'] {
  return {
    async instances(ref) {
      const { instances } = (await (await fetch(`${base}/${ref}/instances`)).json()) as {
        instances: Instance[];
      };
      return instances;
    },
    create: async (ref, id, size) => {
      const { status } = await ask(`${base}/${ref}/instances`, 'POST', { id, size, plan: 'standard' });
      return status;
    },
    scale: async (ref, id, size) => (await ask(`${base}/${ref}/instances/${id}`, 'PUT', { size })).status,
    setDrainMs: async (ref, drainMs) => {
      await ask(`${base}/${ref}/settings`, 'PUT', { drainMs });
    },
  };
}

function ask(
  url: string,
  method: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  const all = { 'content-type': 'application/json', ...headers };
  return fetch(url, {
    method,
    headers: all,
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
}
