import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { childEnvironment } from '../../src/dev/child-environment.js';
import { openMailStore } from '../../src/dev/mail-store.js';
import { freePorts } from '../../src/dev/options.js';
import { settlePorts } from '../../src/dev/ports.js';
import { ensureEndpoint } from '../../src/dev/stripe-endpoint.js';
import { startPlatformFake } from '../../src/platform-fake/server.js';
import { startStripeFake } from '../../src/stripe-fake/server.js';
import { eventually } from './dev-eventually.js';
import { listeningOn } from './listening.js';
import { people, refusals, secrets } from './markers.js';
import { checkout, makeTestFolder } from './stack-folder.js';
import { prepareServers } from './stack-servers.js';
import { waysInto } from './stack.js';

/** Api and worker as processes of their own, with a marker in every setting, and around them whoever refuses with one. */
export async function startPrivacyWorld(policy: string) {
  const folder = makeTestFolder('privacy');
  const servers = await prepareServers(folder.path);
  await Promise.all([servers.postgres.up(), servers.temporal.up()]);
  const stripe = await startStripeFake({
    port: 0,
    secretKey: secrets.stripeKey,
    webhookSecret: secrets.webhookSecret,
  });
  const platform = await startRefusingPlatform();
  const mail = await startRefusingMail(join(folder.path, 'mails.jsonl'));
  const slack = createServer((_, response) => response.writeHead(500).end(refusals.slack));
  const receiver = await listeningOn(slack);
  const ports = await settlePorts(freePorts);
  const url = `http://127.0.0.1:${ports.api}`;
  await ensureEndpoint(stripe.base, secrets.stripeKey, `${url}/webhooks/stripe`);
  const settings = {
    DATABASE_URL: servers.postgres.url,
    TEMPORAL_ADDRESS: servers.temporal.address,
    STRIPE_SECRET_KEY: secrets.stripeKey,
    STRIPE_WEBHOOK_SECRET: `${secrets.webhookSecret},${secrets.oldWebhookSecret}`,
    STRIPE_API_BASE: stripe.base,
    SMTP_URL: mail.url,
    MAIL_FROM: 'billing@forbear.test',
    FORBEAR_POLICY: fileIn(folder.path, 'policy.yaml', policy),
    FORBEAR_CONFIG: fileIn(folder.path, 'forbear.yaml', configOf(platform.base, receiver)),
    FORBEAR_MODE: 'enforce',
    FORBEAR_PORT: String(ports.api),
    FORBEAR_PUBLIC_URL: url,
    FORBEAR_EFFECTS_PER_SECOND: '200',
    FORBEAR_WATCH_SECONDS: '2',
    FORBEAR_LINK_SECRET: secrets.linkSecret,
    FORBEAR_METRICS_TOKEN: secrets.metricsToken,
    FORBEAR_HEARTBEAT_URL: `${receiver}/${secrets.heartbeatPath}`,
    FORBEAR_CODEC_KEYS: `new:${secrets.codecKey},old:${secrets.oldCodecKey}`,
    FORBEAR_CODEC_UI_ORIGIN: 'http://127.0.0.1:8380',
    PLATFORM_TOKEN: secrets.platformToken,
    SLACK_URL: `${receiver}/services/${secrets.slackPath}`,
    ALERT_SECRET: secrets.alertSecret,
  };
  const api = await startForbear('serve', settings);
  const worker = await startForbear('worker', settings);
  const { address } = servers.temporal;
  const ways = waysInto({
    api: url,
    postgres: servers.postgres.url,
    temporal: { address, namespace: 'default', ui: '' },
    stripe: { base: stripe.base, key: secrets.stripeKey, webhookSecret: secrets.webhookSecret },
    mail: { smtp: mail.url, messages: '' },
    platform: { base: platform.fake.base, token: secrets.platformToken },
    settings,
  });
  return {
    url,
    settings,
    ways,
    platform,
    mails: mail.store,
    logs: () => `${api.said()}\n${worker.said()}`,
    /** Everything that Temporal has on the disk, also what is not in the main file yet. */
    temporalFiles: () =>
      Buffer.concat(['', '-wal'].map((end) => readFileSync(join(folder.path, `temporal.db${end}`)))),
    async stop() {
      await ways.close();
      await Promise.all([api.stop(), worker.stop()]);
      mail.close();
      await Promise.all([close(slack), platform.close(), stripe.close()]);
      await Promise.all([servers.temporal.down(), servers.postgres.down()]);
      folder.remove();
    },
  };
}

export type PrivacyWorld = Awaited<ReturnType<typeof startPrivacyWorld>>;

function fileIn(folder: string, name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const configOf = (platform: string, receiver: string) =>
  JSON.stringify({
    targets: [
      { kind: 'http', name: 'platform', base: platform, tokenEnv: 'PLATFORM_TOKEN', allowPrivate: true },
    ],
    alerts: [
      { kind: 'slack', name: 'slack', urlEnv: 'SLACK_URL' },
      { kind: 'webhook', name: 'oncall', url: `${receiver}/alerts`, secretEnv: 'ALERT_SECRET' },
    ],
  });

/** Takes mails for those who log in; greets the first with a refusal, and knows one of the contacts not at all. */
async function startRefusingMail(file: string) {
  const store = openMailStore(file);
  let greeted = 0;
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    logger: false,
    onAuth: ({ username, password }, _session, done) =>
      username === secrets.smtpUser && password === secrets.smtpPassword
        ? done(null, { user: username })
        : done(new Error('no')),
    onMailFrom: (_address, _session, done) => {
      greeted += 1;
      done(greeted > 2 ? null : refusal(421, refusals.mailGreeting));
    },
    onRcptTo: ({ address }, _session, done) =>
      done(address === people.refusedEmail ? refusal(550, `<${address}> ${refusals.mailServer}`) : null),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        void store.add(Buffer.concat(chunks), { from: '', to }).then(() => done());
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const url = `smtp://${secrets.smtpUser}:${secrets.smtpPassword}@127.0.0.1:${port}`;
  return { store, url, close: () => server.close() };
}

const refusal = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode });

/** The platform behind a door that says no, or breaks, as long as it is told to. */
async function startRefusingPlatform() {
  const fake = await startPlatformFake({ port: 0, token: secrets.platformToken });
  let mood: 'open' | 'refusing' | 'broken' = 'open';
  let refused = 0;
  const door = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      if (mood !== 'open' && request.method !== 'GET') {
        refused += 1;
        const [status, message] =
          mood === 'refusing'
            ? ([403, refusals.platform] as const)
            : ([500, refusals.platformFailure] as const);
        response.writeHead(status, { 'content-type': 'application/json' });
        return response.end(JSON.stringify({ error: { code: message, message } }));
      }
      const headers = Object.entries(request.headers).flatMap(([name, value]) =>
        typeof value === 'string' &&
        !['host', 'connection', 'content-length', 'transfer-encoding'].includes(name)
          ? [[name, value] as [string, string]]
          : [],
      );
      const body = Buffer.concat(chunks);
      const answer = await fetch(`${fake.base}${request.url}`, {
        method: request.method ?? 'GET',
        headers,
        ...(body.length > 0 && { body }),
      });
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      return response.end(await answer.text());
    })();
  });
  const base = await listeningOn(door);
  return {
    base,
    fake,
    refused: () => refused,
    be: (next: typeof mood) => {
      mood = next;
    },
    async close() {
      await close(door);
      await fake.close();
    },
  };
}

const close = (server: Server) =>
  new Promise<void>((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });

/** `forbear serve` or `forbear worker`, with all that it says. */
async function startForbear(command: 'serve' | 'worker', settings: Readonly<Record<string, string>>) {
  const inherited = Object.entries(childEnvironment(process.env));
  const others = inherited.filter(([name]) => !name.startsWith('FORBEAR_'));
  const child = spawn(process.execPath, [join(checkout, 'bin', 'forbear.mjs'), command], {
    cwd: tmpdir(),
    env: { ...Object.fromEntries(others), ...settings },
  });
  let said = '';
  child.stdout.on('data', (data) => (said += String(data)));
  child.stderr.on('data', (data) => (said += String(data)));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await eventually(
    `${command} is ready`,
    () => said.includes('"ready":true') || child.exitCode !== null,
    120_000,
  );
  if (child.exitCode !== null) throw new Error(`forbear ${command} ended: ${said}`);
  return {
    said: () => said,
    async stop() {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(force);
    },
  };
}
