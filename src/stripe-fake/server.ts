import { serve, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';
import { Agenda } from './agenda.js';
import { rescheduleAll, runDue } from './billing/run.js';
import { FakeClock } from './clock.js';
import { createControl } from './control/index.js';
import { Deliverer } from './deliveries.js';
import { createHostedPage } from './hosted-page.js';
import { createApi } from './http/api.js';
import { Faults } from './http/faults.js';
import { routes } from './routes/index.js';
import { settingsFrom, type StripeFakeOptions } from './settings.js';
import { createPersistence, type Persistence } from './state/persistence.js';
import { Store } from './state/store.js';
import type { World } from './world.js';

export type { StripeFakeOptions } from './settings.js';

export interface StripeFake {
  /** `http://host:port`, without a slash at the end. */
  base: string;
  /** The secret key that the API and the control routes ask for. */
  key: string;
  port: number;
  /** Stops, cuts open connections, and writes the state a last time. Safe to repeat. */
  close(): Promise<void>;
}

// How late something that falls due may run, when nobody asks.
const TICK_MS = 250;
const SAVE_SOON_MS = 50;

const listen = (app: Hono, port: number, hostname: string): Promise<{ server: ServerType; port: number }> =>
  new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port, hostname }, (info) => {
      resolve({ server, port: info.port });
    });
    server.once('error', reject);
  });

const stop = (server: ServerType): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    if ('closeAllConnections' in server) server.closeAllConnections();
  });

/** Many small changes in a row (deliveries, mostly) share one write. */
function soon(persistence: Persistence): { save: () => void; cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const save = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void persistence.save();
    }, SAVE_SOON_MS);
  };
  return { save, cancel: () => clearTimeout(timer) };
}

/**
 * Starts the fake on a port (0: any free one) and resolves when it answers. State from `stateFile` is taken up where
 * it was left: what fell due meanwhile happens now, dated when it was due, and pending deliveries go on.
 */
export async function startStripeFake(options: StripeFakeOptions): Promise<StripeFake> {
  const host = options.host ?? '127.0.0.1';
  const clock = new FakeClock(options.clock ?? Date.now);
  let store = new Store();
  const persistence = createPersistence(options.stateFile, () => store.snapshot(clock.offsetMs));
  const snapshot = await persistence.load();
  if (snapshot) {
    store = new Store(snapshot);
    clock.offsetMs = snapshot.offsetMs;
  }
  const settings = settingsFrom(options, '');
  const world: World = {
    store,
    clock,
    agenda: new Agenda(),
    settings,
    request: undefined,
    announce: () => undefined,
  };
  const saving = soon(persistence);
  const deliverer = new Deliverer(world, saving.save);
  world.announce = (event) => {
    deliverer.enqueue(event);
  };

  const faults = new Faults();
  const app = new Hono();
  app.route('/', createHostedPage(world, persistence));
  app.route('/', createControl({ world, faults, deliverer, persistence }));
  app.route('/', createApi({ world, faults, persistence }, routes));
  const { server, port } = await listen(app, options.port, host);
  const base = `http://${host}:${port}`;
  settings.hostedBase ||= base;

  rescheduleAll(world);
  for (const event of store.events.all()) deliverer.enqueue(event);
  const tick = setInterval(() => {
    if (runDue(world, clock.nowMs()) > 0) saving.save();
  }, TICK_MS);
  const stopAll = async (): Promise<void> => {
    clearInterval(tick);
    await Promise.all([stop(server), deliverer.close()]);
    saving.cancel();
    await persistence.flush();
  };
  let closed: Promise<void> | undefined;
  // A second write, later, could overwrite what a new fake has made of the same file.
  const close = () => (closed ??= stopAll());
  return { base, key: settings.secretKey, port, close };
}
