import { Hono } from 'hono';
import { listen } from './recorder.js';

/** What came in at an endpoint, byte for byte. */
export type Delivery = {
  readonly body: Uint8Array;
  readonly signature: string | undefined;
  readonly at: number;
};

export type Receiver = {
  readonly url: string;
  readonly deliveries: readonly Delivery[];
  close(): Promise<void>;
};

/** An endpoint that takes everything. */
export async function startReceiver(): Promise<Receiver> {
  const deliveries: Delivery[] = [];
  const app = new Hono();
  app.post('/webhooks', async ({ req, body }) => {
    const received = new Uint8Array(await req.arrayBuffer());
    deliveries.push({ body: received, signature: req.header('Stripe-Signature'), at: Date.now() });
    return body(null, 200);
  });
  const { port, close } = await listen(app);
  return { url: `http://127.0.0.1:${port}/webhooks`, deliveries, close };
}
