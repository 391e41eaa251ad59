import { join } from 'node:path';
import { nodeEntry } from './node-entry.js';
import type { Ports } from './options.js';
import { printsJson, type Part } from './part.js';
import type { Secrets } from './secrets.js';

type FakeSettings = {
  readonly dataFolder: string;
  readonly ports: Ports;
  readonly secrets: Secrets;
  readonly env: Readonly<Record<string, string>>;
};

export function mailPart({ dataFolder, ports, env }: FakeSettings): Part {
  const options = { smtpPort: ports.smtp, httpPort: ports.mail, file: join(dataFolder, 'mails.jsonl') };
  return {
    name: 'mail',
    command: nodeEntry('mail-catcher', options, { cwd: dataFolder, env }),
    ready: printsJson('messages'),
  };
}

export function stripePart(settings: FakeSettings, retryScheduleMs: readonly number[] | undefined): Part {
  const { dataFolder, ports, secrets, env } = settings;
  const options = {
    port: ports.stripe,
    stateFile: join(dataFolder, 'stripe.json'),
    secretKey: secrets.stripeKey,
    webhookSecret: secrets.stripeWebhookSecret,
    ...(retryScheduleMs === undefined ? {} : { retryScheduleMs }),
  };
  const command = nodeEntry('../stripe-fake/main', options, { cwd: dataFolder, env });
  return { name: 'stripe', command, ready: printsJson('base') };
}

export function platformPart({ dataFolder, ports, secrets, env }: FakeSettings): Part {
  const options = {
    port: ports.platform,
    token: secrets.platformToken,
    stateFile: join(dataFolder, 'platform.json'),
  };
  const command = nodeEntry('../platform-fake/main', options, { cwd: dataFolder, env });
  return { name: 'platform', command, ready: printsJson('base') };
}
