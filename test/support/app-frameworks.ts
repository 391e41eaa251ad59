import express from 'express';
import { Hono } from 'hono';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { forbear as forExpress, forbearWebhook, refusalProblem } from '../../src/app/express.js';
import { withForbear } from '../../src/app/fetch.js';
import type { ReaderSource } from '../../src/app/guard.js';
import { forbear as forHono } from '../../src/app/hono.js';
import type { Reading } from '../../src/app/reading.js';
import { createReceiver, type ReceiverOptions } from '../../src/app/receiver.js';

export type Choices = {
  readonly source: ReaderSource;
  readonly allow?: readonly string[];
  readonly exports?: readonly string[];
  readonly readOnly?: 'block-unsafe' | 'pass';
  /** The app answers 451 by itself for what is refused. */
  readonly ownAnswer?: boolean;
};

/** The same small app in a framework: asks as `x-account` says, answers with the access that it was told. */
export type App = {
  request(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
};

const shown = (reading: Reading | null) => ({
  handled: true,
  access: reading === null ? 'nobody' : reading.isKnown ? reading.answer.access : 'unknown',
});
const optionsOf = ({ source, allow, exports, readOnly }: Choices) => {
  return { ...source, ...(allow && { allow }), ...(exports && { exports }), ...(readOnly && { readOnly }) };
};
const idle = () => Promise.resolve();

function honoApp(choices: Choices): App {
  const app = new Hono();
  app.use(
    forHono({
      ...optionsOf(choices),
      account: (c) => c.req.header('x-account'),
      ...(choices.ownAnswer && { onBlocked: (c, refusal) => c.json(refusalProblem(refusal), 451) }),
    }),
  );
  app.all('*', (c) => c.json(shown(c.get('forbear'))));
  return { request: async (path, init) => app.request(`http://app.example${path}`, init), close: idle };
}

async function expressApp(choices: Choices): Promise<App> {
  const app = express();
  app.use(
    forExpress({
      ...optionsOf(choices),
      account: (request) => request.get('x-account'),
      ...(choices.ownAnswer && {
        onBlocked: (_, response, refusal) => response.status(451).json(refusalProblem(refusal)),
      }),
    }),
  );
  app.use((request, response) => {
    if (request.forbear !== response.locals.forbear) throw new Error('two answers');
    response.json(shown(request.forbear ?? null));
  });
  return listening(app);
}

function fetchApp(choices: Choices): App {
  const handler = withForbear(
    {
      ...optionsOf(choices),
      account: (request) => request.headers.get('x-account'),
      ...(choices.ownAnswer && {
        onBlocked: (_, refusal) => Response.json(refusalProblem(refusal), { status: 451 }),
      }),
    },
    (_, reading, prefix: string) => Response.json({ ...shown(reading), prefix }),
  );
  const request = (path: string, init?: RequestInit) =>
    handler(new Request(`http://app.example${path}`, init), 'given by the runtime');
  return { request, close: idle };
}

export const frameworks = {
  hono: (choices: Choices) => Promise.resolve(honoApp(choices)),
  express: expressApp,
  fetch: (choices: Choices) => Promise.resolve(fetchApp(choices)),
} as const;

/** What receives the pushed changes, in a framework. */
export const receivers: Readonly<
  Record<'hono' | 'express' | 'express.raw', (o: ReceiverOptions) => Promise<App>>
> = {
  hono(options) {
    const receiver = createReceiver(options);
    const app = new Hono().post('/forbear', (c) => receiver.respond(c.req.raw));
    return Promise.resolve({ request: async (path, init) => app.request(path, init), close: idle });
  },
  express(options) {
    const app = express().post('/forbear', forbearWebhook(createReceiver(options)));
    app.use(express.json());
    return listening(app);
  },
  'express.raw'(options) {
    const app = express().use(express.raw({ type: '*/*' }));
    return listening(app.post('/forbear', forbearWebhook(createReceiver(options))));
  },
};

/** An express app that listens, until it is closed. */
export async function listening(app: express.Express): Promise<App> {
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    request: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
