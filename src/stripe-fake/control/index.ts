import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { ApiFailure } from '../failure.js';
import { authorized } from '../http/api.js';
import { billControls } from './bills.js';
import { eventControls } from './events.js';
import { machineControls } from './machine.js';
import { paymentControls } from './payments.js';
import type { Control } from './requests.js';

function statusOf(error: Error) {
  if (error instanceof HTTPException) return error.status;
  return error instanceof ApiFailure ? 409 : 500;
}

/** What the world does and what goes wrong: everything that Stripe's own API can't be asked for. */
export function createControl(control: Control): Hono {
  const { world, persistence } = control;
  const app = new Hono().basePath('/_fake');
  app.use(async (c, next) => {
    if (!authorized(c.req.header('Authorization'), world.settings.secretKey))
      return c.json({ error: 'wrong key' }, 401);
    await next();
    if (c.req.method !== 'GET') await persistence.save();
  });
  app.onError((error, c) => c.json({ error: error.message }, statusOf(error)));
  machineControls(app, control);
  eventControls(app, control);
  billControls(app, control);
  paymentControls(app, control);
  return app;
}
