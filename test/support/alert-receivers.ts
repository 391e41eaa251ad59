import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import PostalMime from 'postal-mime';
import { Webhook } from 'standardwebhooks';
import { createMailAlerts } from '../../src/adapters/mail/alerts.js';
import { createSlackAlerts } from '../../src/adapters/slack/alerts.js';
import { createWebhookAlerts } from '../../src/adapters/webhooks/alerts.js';
import type { AlertChannel, AlertNews } from '../../src/ports/alerts.js';
import { makeSecret } from '../../src/push/secrets.js';
import { startMailServer } from './mail-server.js';

export const firing: AlertNews = {
  id: 'alert-endpoint_failing_we_1-1767258000000-page-0',
  key: 'endpoint_failing:we_1',
  severity: 'page',
  title: 'Stripe’s deliveries fail',
  text: 'Of the last 20 events 19 could not be delivered to this endpoint.',
  remedy: 'See that the api answers at the address of the endpoint: forbear doctor.',
  state: 'firing',
  since: Date.UTC(2026, 0, 1, 9),
  at: Date.UTC(2026, 0, 1, 9),
};
export const resolved: AlertNews = {
  ...firing,
  id: 'alert-endpoint_failing_we_1-1767258000000-resolved',
  state: 'resolved',
  at: Date.UTC(2026, 0, 1, 11, 30),
};

export type HttpReceiver = {
  readonly url: string;
  readonly arrived: readonly { readonly headers: Readonly<Record<string, string>>; readonly body: string }[];
  /** What is answered; `null` for nothing at all. */
  answer: { readonly status: number; readonly body?: string; readonly location?: string } | null;
  close(): Promise<void>;
};

export async function startHttpReceiver(): Promise<HttpReceiver> {
  const arrived: { headers: Record<string, string>; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      arrived.push({ headers: request.headers as Record<string, string>, body });
      const { answer } = receiver;
      if (answer === null) return;
      const { status, location } = answer;
      response.writeHead(status, location === undefined ? {} : { location }).end(answer.body ?? '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: HttpReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/T0/B0/hidden`,
    arrived,
    answer: { status: 200, body: 'ok' },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

/** A channel with its receiver, whatever its kind. */
export type ChannelCase = {
  readonly channel: AlertChannel;
  /** What people or programs read there, in the order in which it came. */
  read(): Promise<string[]>;
  refuse(): void;
  close(): Promise<void>;
};

export type ChannelOptions = { readonly timeoutMs: number };

const named = { name: 'oncall', atLeast: 'warning' } as const;

async function slackCase({ timeoutMs }: ChannelOptions): Promise<ChannelCase> {
  const receiver = await startHttpReceiver();
  return {
    channel: createSlackAlerts({ ...named, url: receiver.url, timeoutMs }),
    read: () => Promise.resolve(receiver.arrived.map(({ body }) => body)),
    refuse: () => (receiver.answer = { status: 404, body: 'no_service' }),
    close: receiver.close,
  };
}

async function webhookCase({ timeoutMs }: ChannelOptions): Promise<ChannelCase> {
  const receiver = await startHttpReceiver();
  const secret = makeSecret();
  const verified = ({ body, headers }: HttpReceiver['arrived'][number]) =>
    JSON.stringify(new Webhook(secret).verify(body, headers));
  return {
    channel: createWebhookAlerts({ ...named, url: receiver.url, secret, timeoutMs }),
    read: () => Promise.resolve(receiver.arrived.map(verified)),
    refuse: () => (receiver.answer = { status: 500 }),
    close: receiver.close,
  };
}

async function mailCase({ timeoutMs }: ChannelOptions): Promise<ChannelCase> {
  const server = await startMailServer();
  const people = { from: 'forbear@host.example', to: ['ada@host.example'] };
  return {
    channel: createMailAlerts({ ...named, ...people, smtpUrl: server.url, timeoutMs }),
    read: () =>
      Promise.all(
        server.received.map(async ({ raw }) => {
          const { subject, text } = await PostalMime.parse(raw);
          return `${subject}\n${text?.replaceAll('\n', ' ')}`;
        }),
      ),
    refuse: () => server.refuse('data', 550),
    close: server.close,
  };
}

export const channelCases = { slack: slackCase, webhook: webhookCase, mail: mailCase } as const;
