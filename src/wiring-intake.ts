import { createRequire } from 'node:module';
import type { Client } from '@temporalio/client';
import { beat } from './adapters/heartbeat/beat.js';
import { createMailAlerts } from './adapters/mail/alerts.js';
import { createMetrics, type Metrics } from './adapters/prometheus/metrics.js';
import { createSlackAlerts } from './adapters/slack/alerts.js';
import { createStripeClient } from './adapters/stripe/client.js';
import { readableVersions } from './adapters/stripe/event.js';
import { createStripeEvents } from './adapters/stripe/events.js';
import { createWayIn } from './adapters/stripe/way-in.js';
import { createStripeVerifier } from './adapters/stripe/webhook.js';
import { createWebhookAlerts } from './adapters/webhooks/alerts.js';
import type { AlertConfig } from './alert-settings.js';
import type { ApiConfig, IntakeConfig } from './config.js';
import type { Database } from './db/client.js';
import { openLock } from './db/lock.js';
import { readClock } from './db/queries/ledger.js';
import { readSituation } from './db/queries/situation.js';
import { readSweepState } from './db/queries/sweep.js';
import { openEventStore, type EventStore } from './db/store/store.js';
import { typesActedOn } from './dispatcher/classify.js';
import { createTellCase, tellNextRelease } from './dispatcher/releases.js';
import { MINUTE_MS, SECOND_MS } from './domain/time.js';
import { sharedRead } from './http/shared-read.js';
import { createIntake, type Intake } from './http/webhooks/intake.js';
import type { AlertChannel } from './ports/alerts.js';
import type { BillingEvents } from './ports/events.js';
import type { Logger } from './ports/logger.js';
import type { IntakeMeter } from './ports/meters.js';
import { createLogAlerts } from './watch/alert-log.js';
import { createAlerting } from './watch/alerting.js';
import { addressesOf, lookAtEndpoints, type WantedEndpoint } from './watch/endpoints.js';
import { createWatch, type Watch } from './watch/run.js';
import { createBrakesWatch, type BrakesWatch } from './watch/brakes.js';
import { createSuspects } from './watch/suspects.js';
import { behindAfterMs, lookAtSweep, withoutSweeps } from './watch/sweep.js';
import { createTidy } from './watch/tidy.js';
import { lookAtWorkers } from './watch/workers.js';

/** The events that Stripe keeps, and the endpoints to which it sends them. */
export function eventsOf(stripe: ApiConfig['stripe']) {
  return createStripeEvents(createStripeClient(stripe));
}

/** What an endpoint of Stripe has to be like for its events to arrive here. */
export function wantedEndpointOf({
  webhookUrl,
  webhookAliases: aliases,
  links,
  stripe: { livemode },
}: Pick<IntakeConfig, 'webhookUrl' | 'webhookAliases' | 'links' | 'stripe'>): WantedEndpoint {
  const addresses = addressesOf({ webhookUrl, publicUrl: links?.publicUrl ?? null, aliases });
  return { ...addresses, livemode, versions: readableVersions };
}

/** What the webhook needs to check a delivery; five minutes is what Stripe's own libraries allow. */
function verifierOf({ webhookSecrets }: ApiConfig) {
  return createStripeVerifier({ secrets: webhookSecrets, toleranceMs: 5 * MINUTE_MS });
}

type IntakeParts = {
  readonly database: Database;
  readonly temporal: Client;
  readonly events: BillingEvents;
  readonly meter: IntakeMeter;
  readonly logger: Logger;
};

// Any fixed number: it is the watch's among our locks.
const watchLock = 4_217_002;

/** The way in for Stripe's deliveries, and the watch over it. */
export function openIntake(
  config: ApiConfig,
  parts: IntakeParts,
): {
  readonly intake: Intake;
  readonly watch: Watch;
  readonly store: EventStore;
  readonly brakes: BrakesWatch;
} {
  const { database, temporal, events, meter, logger } = parts;
  const { db } = database;
  const { livemode } = config.stripe;
  const shared = { db, events, logger, ours: { livemode, account: config.stripeAccount }, nowMs: Date.now };
  const alerting = createAlerting({ db, logger, channels: alertChannelsOf(config, logger) });
  const wanted = wantedEndpointOf(config);
  const watch = createWatch({
    ...shared,
    lock: openLock(config.databaseUrl, watchLock),
    everyMs: config.watchEveryMs,
    graceMs: Math.min(2 * MINUTE_MS, config.watchEveryMs),
    settle: alerting.settle,
    databaseClock: () => readClock(db),
    judgeEndpoints: (endpoints) => lookAtEndpoints(endpoints, wanted),
    tryWayIn: createWayIn(config.webhookSecrets, Date.now),
    webhookUrl: wanted.urls[0] ?? null,
    lookAtWorkers: () => lookAtWorkers(temporal, config.temporal.namespace, Date.now()),
    lookAtSweep: async (since) => {
      const { sweepEveryMs: everyMs } = config;
      if (everyMs === 0) return withoutSweeps();
      const state = await readSweepState(db, behindAfterMs(everyMs));
      return lookAtSweep(state, { everyMs, aliveMs: Date.now() - since });
    },
    tidy: createTidy({ db, eventDays: config.eventDays, nowMs: Date.now }),
    beat: async () => {
      if (config.heartbeatUrl !== null) await beat(config.heartbeatUrl);
    },
  });
  const suspect = createSuspects({ ...shared, raise: alerting.raise, wakeWatch: watch.wake });
  const verifier = verifierOf(config);
  const store = openEventStore(config.databaseUrl);
  const intake = createIntake({ ...shared, store: store.store, meter, verifier, suspect, dice: Math.random });
  const tellCase = createTellCase(temporal);
  const brakes = createBrakesWatch({
    ...shared,
    settle: alerting.settle,
    tellNextRelease: () => tellNextRelease(db, tellCase),
  });
  return { intake, watch, store, brakes };
}

/** The metrics of this process. What they take from Postgres is read once for all who ask within five seconds. */
export function metricsOf({ db }: Database): Metrics {
  const { version } = createRequire(import.meta.url)('forbear/package.json') as { version: string };
  // Prometheus itself waits ten seconds by default, and the rest of the answer is there at once.
  const patienceMs = 1_500;
  return createMetrics({
    types: typesActedOn,
    version,
    readSituation: sharedRead({
      read: () => readSituation(db, patienceMs),
      keepMs: 5 * SECOND_MS,
      patienceMs,
      nowMs: Date.now,
    }),
  });
}

/** All who are told of alerts: the log, and whom forbear.yaml names. */
export function alertChannelsOf({ alerts }: Pick<ApiConfig, 'alerts'>, logger: Logger): AlertChannel[] {
  return [createLogAlerts(logger), ...alerts.map(alertChannelOf)];
}

function alertChannelOf(config: AlertConfig): AlertChannel {
  switch (config.kind) {
    case 'slack':
      return createSlackAlerts(config);
    case 'mail':
      return createMailAlerts(config);
    case 'webhook':
      return createWebhookAlerts(config);
  }
}
