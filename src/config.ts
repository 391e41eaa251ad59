import { loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import { codecShape, codecUiShape, needsCodecKeys } from './config-codec.js';
import { intakeShape } from './config-intake.js';
import { approversShape, bothOrNone, linksOf, linksShape, readApproversConfig } from './config-approvers.js';
import {
  ConfigError,
  givenOf,
  httpUrl,
  mailFrom,
  port,
  postgresUrl,
  read,
  smtpUrl,
  sweepMinutes,
  whole,
  type Env,
} from './config-parts.js';
import { MINUTE_MS } from './domain/time.js';
import {
  readAlerts,
  readAnchorBuckets,
  readApproverSlack,
  readBreakers,
  readSessions,
  readTargets,
} from './forbear-file.js';
import type { PolicyBook } from './policy/book.js';
import { loadPolicy } from './policy/load.js';

export { ConfigError, type Env };

const databaseShape = z.object({
  DATABASE_URL: postgresUrl,
});

const temporalShape = z.object({
  ...codecShape.shape,
  TEMPORAL_ADDRESS: z.string().min(1).optional(),
  TEMPORAL_NAMESPACE: z.string().min(1).optional(),
});

const stripeShape = z.object({
  STRIPE_SECRET_KEY: z
    .string({ error: 'is missing: the secret or restricted key of your Stripe account' })
    .min(1),
  STRIPE_API_BASE: httpUrl.optional(),
  FORBEAR_ACCOUNT_METADATA: z.string().min(1).max(40).default('forbear_account'),
});

const apiShape = z.object({
  ...intakeShape.shape,
  ...codecUiShape.shape,
  /** forbear.yaml; the api takes its alerts from it. */
  FORBEAR_CONFIG: z.string().min(1).optional(),
  /** From whom alerts by mail come. */
  MAIL_FROM: mailFrom.optional(),
  FORBEAR_HOST: z.string().min(1).default('127.0.0.1'),
  FORBEAR_PORT: port.default(8377),
  /** For `readyz`, and for alerts by mail: it is the worker that sends notices. */
  SMTP_URL: smtpUrl.optional(),
  /** How many requests a key may make in a minute, of each process. */
  FORBEAR_API_RATE: whole.min(1).default(60_000),
  /** How many accounts' answers each process keeps ready; each takes about a kilobyte. */
  FORBEAR_ACCESS_CACHE: whole.default(100_000),
  /** For the watch, which says when no sweep comes: it is the worker that sweeps. */
  FORBEAR_SWEEP_EVERY_MINUTES: sweepMinutes,
});

const perSecond = z.coerce.number({ error: 'must be a number' }).positive();

const workerShape = z.object({
  SMTP_URL: smtpUrl,
  FORBEAR_MAILS: z.string().min(1).optional(),
  MAIL_FROM: mailFrom,
  FORBEAR_POLICY: z.string({ error: 'is missing: the policy file, such as policies/saas.yaml' }).min(1),
  FORBEAR_CONFIG: z.string().min(1).optional(),
  FORBEAR_MODE: z.enum(['observe', 'enforce']).default('observe'),
  FORBEAR_FREEZE: z.enum(['0', '1']).default('0'),
  /** While a file of this name exists, nothing is taken. */
  FORBEAR_FREEZE_FILE: z.string().min(1).optional(),
  FORBEAR_EFFECTS_PER_SECOND: perSecond.optional(),
  FORBEAR_SWEEP_EVERY_MINUTES: sweepMinutes,
  /** How many accounts a sweep reads in a second. */
  FORBEAR_SWEEP_PER_SECOND: perSecond.optional(),
});

/** The environment as it is, to be handed on to the readers below or to a child process. */
export const environment = (): Env => process.env;

/** What a command needs that only reads or writes our database. Throws `ConfigError`. */
export function readDatabaseConfig(env: Env) {
  return { databaseUrl: read(databaseShape, env).DATABASE_URL };
}

/** Where the anchors of the audit log are, for who verifies it. Throws `ConfigError`. */
export function readAnchorFile(env: Env): string | null {
  return read(intakeShape.pick({ FORBEAR_ANCHOR_FILE: true }), env).FORBEAR_ANCHOR_FILE ?? null;
}

/** How to reach Temporal; TLS, API keys and profiles come as Temporal's own environment configuration has them. */
export function readTemporalConfig(env: Env) {
  const all = read(temporalShape, env);
  const { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace } = all;
  // A profile in somebody's home is for his own commands; a server takes a file only when it is named.
  const loaded = loadClientConnectConfig({
    overrideEnvVars: givenOf(env),
    disableFile: !env['TEMPORAL_CONFIG_FILE'],
  });
  return {
    connection: {
      ...loaded.connectionOptions,
      address: address ?? loaded.connectionOptions.address ?? 'localhost:7233',
    },
    namespace: namespace ?? loaded.namespace ?? 'default',
    codec: all.FORBEAR_CODEC_KEYS ?? null,
  };
}

/** The keys of the payload codec alone; `null` without any. Throws `ConfigError`. */
export const readCodecKeys = (env: Env) => read(codecShape, env).FORBEAR_CODEC_KEYS ?? null;

function readStripeConfig(env: Env) {
  const stripe = read(stripeShape, env);
  return {
    secretKey: stripe.STRIPE_SECRET_KEY,
    apiBase: stripe.STRIPE_API_BASE,
    metadataKey: stripe.FORBEAR_ACCOUNT_METADATA,
    livemode: /^[a-z]+_live_/.test(stripe.STRIPE_SECRET_KEY),
  };
}

/** What `forbear serve` needs. Throws `ConfigError` with every problem at once. */
export function readApiConfig(env: Env) {
  const all = read(
    needsCodecKeys(
      bothOrNone(
        z.object({
          ...databaseShape.shape,
          ...temporalShape.shape,
          ...stripeShape.shape,
          ...linksShape.shape,
          ...approversShape.shape,
          ...apiShape.shape,
        }),
      ),
    ),
    env,
  );
  return {
    databaseUrl: all.DATABASE_URL,
    temporal: readTemporalConfig(env),
    stripe: readStripeConfig(env),
    webhookSecrets: all.STRIPE_WEBHOOK_SECRET,
    stripeAccount: all.STRIPE_ACCOUNT ?? null,
    webhookUrl: all.FORBEAR_WEBHOOK_URL ?? null,
    webhookAliases: all.FORBEAR_WEBHOOK_ALIASES,
    bounceSecrets: all.FORBEAR_BOUNCE_SECRET,
    eventDays: all.FORBEAR_EVENT_DAYS,
    watchEveryMs: all.FORBEAR_WATCH_SECONDS * 1_000,
    heartbeatUrl: all.FORBEAR_HEARTBEAT_URL ?? null,
    metricsToken: all.FORBEAR_METRICS_TOKEN ?? null,
    alerts: readAlerts(all.FORBEAR_CONFIG, env),
    anchorFile: all.FORBEAR_ANCHOR_FILE ?? null,
    anchorBuckets: readAnchorBuckets(all.FORBEAR_CONFIG),
    smtpUrl: all.SMTP_URL,
    links: linksOf(all),
    approvers: all.FORBEAR_APPROVERS,
    asking: readApproversConfig(env),
    host: all.FORBEAR_HOST,
    port: all.FORBEAR_PORT,
    requestsPerMinute: all.FORBEAR_API_RATE,
    keptAnswers: all.FORBEAR_ACCESS_CACHE,
    sweepEveryMs: all.FORBEAR_SWEEP_EVERY_MINUTES * MINUTE_MS,
    codecUiOrigin: all.FORBEAR_CODEC_UI_ORIGIN ?? null,
  };
}

/** What the commands need that ask Stripe for events and put them into the inbox. Throws `ConfigError`. */
export function readIntakeConfig(env: Env) {
  const { STRIPE_ACCOUNT, FORBEAR_WEBHOOK_URL, FORBEAR_WEBHOOK_ALIASES } = intakeShape.shape;
  const { FORBEAR_PUBLIC_URL } = linksShape.shape;
  const own = { STRIPE_ACCOUNT, FORBEAR_WEBHOOK_URL, FORBEAR_WEBHOOK_ALIASES, FORBEAR_PUBLIC_URL };
  const all = read(z.object({ ...databaseShape.shape, ...stripeShape.shape, ...own }), env);
  return {
    databaseUrl: all.DATABASE_URL,
    stripe: readStripeConfig(env),
    stripeAccount: all.STRIPE_ACCOUNT ?? null,
    webhookUrl: all.FORBEAR_WEBHOOK_URL ?? null,
    webhookAliases: all.FORBEAR_WEBHOOK_ALIASES,
    links: all.FORBEAR_PUBLIC_URL === undefined ? null : { publicUrl: all.FORBEAR_PUBLIC_URL },
  };
}

/** What `forbear worker` needs. Throws `ConfigError` with every problem at once, or `PolicyError`. */
export function readWorkerConfig(env: Env) {
  const all = read(
    bothOrNone(
      z.object({
        ...databaseShape.shape,
        ...temporalShape.shape,
        ...stripeShape.shape,
        ...linksShape.shape,
        ...workerShape.shape,
      }),
    ),
    env,
  );
  const policy: PolicyBook = loadPolicy(all.FORBEAR_POLICY);
  const stripe = readStripeConfig(env);
  // Stripe's documented limits are 100/s live and 25/s in a sandbox; the rest is for the operator's own calls.
  const effectsPerSecond = all.FORBEAR_EFFECTS_PER_SECOND ?? (stripe.livemode ? 20 : 5);
  return {
    databaseUrl: all.DATABASE_URL,
    temporal: readTemporalConfig(env),
    stripe,
    effectsPerSecond,
    sweepEveryMs: all.FORBEAR_SWEEP_EVERY_MINUTES * MINUTE_MS,
    // Each takes about five calls; most of the rate is for those whose steps are due, or who have just paid.
    sweepPerSecond: all.FORBEAR_SWEEP_PER_SECOND ?? effectsPerSecond / 5,
    smtpUrl: all.SMTP_URL,
    mails: all.FORBEAR_MAILS ?? null,
    links: linksOf(all),
    mailFrom: all.MAIL_FROM,
    approverSlack: readApproverSlack(all.FORBEAR_CONFIG, env),
    policy,
    targets: readTargets(all.FORBEAR_CONFIG, env),
    sessions: readSessions(all.FORBEAR_CONFIG, env),
    brakes: {
      mode: all.FORBEAR_MODE,
      frozen: all.FORBEAR_FREEZE === '1',
      freezeFile: all.FORBEAR_FREEZE_FILE ?? null,
      breakers: readBreakers(all.FORBEAR_CONFIG, stripe.livemode),
    },
  };
}

export type ApiConfig = ReturnType<typeof readApiConfig>;
export type IntakeConfig = ReturnType<typeof readIntakeConfig>;
export type WorkerConfig = ReturnType<typeof readWorkerConfig>;
