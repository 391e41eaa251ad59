import { serve, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';
import { controlRoutes } from './control-routes.js';
import { customerRoutes } from './customer-routes.js';
import { operatorRoutes } from './operator-routes.js';
import { createPlatform } from './platform.js';
import { createStateStore } from './state.js';

export type PlatformFakeOptions = {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host?: string | undefined;
  /** What Forbear shows on the operator's side. */
  readonly token: string;
  /** `whsec_…`: with one or more, only requests signed with any of them are taken on the operator's side. */
  readonly secrets?: readonly string[] | undefined;
  /** Without it nothing outlives the process. */
  readonly stateFile?: string | undefined;
  readonly clock?: (() => number) | undefined;
};

export type PlatformFake = { readonly base: string; readonly token: string; close(): Promise<void> };

/** Starts the fake hosting platform of the demo and the tests; resolves when it answers. */
export async function startPlatformFake(options: PlatformFakeOptions): Promise<PlatformFake> {
  const { port, host = '127.0.0.1', token } = options;
  const platform = createPlatform({
    store: createStateStore(options.stateFile),
    clock: options.clock ?? Date.now,
  });
  const app = new Hono();
  app.route('/customer', customerRoutes(platform));
  app.route('/control', controlRoutes(platform));
  app.route('/accounts', operatorRoutes(platform, token, options.secrets));
  const { server, boundPort } = await listen(app, host, port);
  return { base: `http://${host}:${boundPort}`, token, close: () => close(server) };
}

function listen(
  app: Hono,
  hostname: string,
  port: number,
): Promise<{ server: ServerType; boundPort: number }> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname, port }, (address) => {
      server.off('error', reject);
      resolve({ server, boundPort: address.port });
    });
    server.once('error', reject);
  });
}

function close(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
}
