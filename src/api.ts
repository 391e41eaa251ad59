import { serve } from '@hono/node-server';
import { sql } from 'drizzle-orm';
import type { ApiConfig } from './config.js';
import { openDatabase } from './db/client.js';
import { readQuestion } from './db/queries/approvals.js';
import { createPostgresBulk } from './db/queries/bulk.js';
import { mustBeSighted } from './db/queries/watch.js';
import { createOrders } from './dispatcher/orders.js';
import { runDispatcher } from './dispatcher/run.js';
import { createSignaller } from './dispatcher/signaller.js';
import { createApp } from './http/app.js';
import { runPush } from './push/run.js';
import { apiDeps, billingOf, createLogger, openAccessFeed, pushDeps, smtpCheck } from './wiring.js';
import { mailWebhookOf } from './wiring-bounces.js';
import { drillsOfApi } from './wiring-drills.js';
import { startAnchoring } from './wiring-audit.js';
import { eventsOf, metricsOf, openIntake } from './wiring-intake.js';
import { connectTemporal } from './temporal.js';

export type Api = { readonly url: string; close(): Promise<void> };

/** Starts the api: the intake and its watch, the dispatcher, and what tells the app of changes. What is not reachable yet shows in `readyz`; the api starts anyway. */
export async function startApi(config: ApiConfig): Promise<Api> {
  const logger = createLogger('api');
  const database = openDatabase(config.databaseUrl);
  const { db } = database;
  const temporal = connectTemporal(config.temporal);
  const billing = billingOf(config.stripe);
  const feed = openAccessFeed(config, database);
  const stopping = new AbortController();
  const parts = { database, feed, billing, logger, stopping: stopping.signal };
  const metrics = metricsOf(database);
  const events = eventsOf(config.stripe);
  const { intake, watch, store, brakes } = openIntake(config, {
    database,
    temporal,
    events,
    meter: metrics.intake,
    logger,
  });
  const app = createApp({
    logger,
    api: { ...apiDeps(config, parts), drills: drillsOfApi(config.asking, db, temporal) },
    intake,
    aliases: config.webhookAliases,
    bounces: mailWebhookOf(config, { database, temporal, logger }),
    metrics:
      config.metricsToken === null ? undefined : { token: config.metricsToken, render: metrics.render },
    approvals:
      config.links === null
        ? undefined
        : {
            secret: config.links.secret,
            readQuestion: (id) => readQuestion(db, id),
            orders: createOrders(temporal),
            logger,
            nowMs: Date.now,
          },
    bulk:
      config.links === null
        ? undefined
        : {
            secret: config.links.secret,
            bulk: createPostgresBulk(db, { approvers: config.approvers, secret: config.links.secret }),
            logger,
            nowMs: Date.now,
          },
    checks: {
      postgres: () => db.execute(sql`select 1 from inbox limit 1`),
      temporal: () => temporal.connection.workflowService.getSystemInfo({}),
      stripe: () => billing.ping(),
      watch: () => mustBeSighted(db),
      ...(config.smtpUrl !== undefined && { smtp: smtpCheck(config.smtpUrl) }),
    },
  });
  const { server, port } = await listen(app.fetch, config).catch(async (error: unknown) => {
    await watch.stop();
    await store.stop();
    await feed.stop();
    await database.close();
    throw error;
  });
  const dispatcher = runDispatcher({
    db,
    logger,
    billing,
    events,
    signaller: createSignaller(temporal),
    meter: metrics.dispatch,
    dice: Math.random,
    isPressed: () => intake.batcher.load() >= pressingLoad,
    listen: (wake) => database.listen('forbear_inbox', wake),
  });
  watch.start();
  brakes.start();
  const anchoring = startAnchoring(config, db, logger);
  const push = runPush(pushDeps(config, parts));
  const url = `http://${config.host}:${port}`;
  logger.info({ url, livemode: config.stripe.livemode }, 'api ready');
  return {
    url,
    close: async () => {
      stopping.abort();
      await new Promise((resolve) => server.close(resolve));
      await store.stop();
      await intake.refusals.stop();
      await dispatcher.stop();
      await push.stop();
      await watch.stop();
      await brakes.stop();
      await anchoring.stop();
      await feed.stop();
      await temporal.connection.close();
      await database.close();
    },
  };
}

// One connection of Stripe's has one delivery in it at a time: an ordinary first of a month is far below.
const pressingLoad = 16;

type Server = ReturnType<typeof serve>;

function listen(fetch: Parameters<typeof serve>[0]['fetch'], { host, port }: ApiConfig) {
  return new Promise<{ server: Server; port: number }>((resolve, reject) => {
    const server = serve({ fetch, hostname: host, port }, (info) => resolve({ server, port: info.port }));
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`port ${port} is taken: set FORBEAR_PORT to a free one`)
          : error,
      );
    });
  });
}
