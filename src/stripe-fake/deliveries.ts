import { createHmac } from 'node:crypto';
import { deliveriesTo } from './events.js';
import { render } from './http/render.js';
import { inApiVersion } from './legacy.js';
import type { Delivery, StripeEvent, WebhookEndpoint } from './state/objects.js';
import type { World } from './world.js';

/** How the way to the receivers misbehaves: probabilities 0..1, drawn from a seeded sequence. */
interface DeliveryFaults {
  /** Never arrives, and Stripe knows (`delivery_success=false`). */
  drop: number;
  /** Never arrives although something on the way answered 200: Stripe believes it was delivered. */
  swallow: number;
  duplicate: number;
  reorder: number;
  delayMs: number;
  seed: number;
}

const NO_FAULTS: DeliveryFaults = {
  drop: 0,
  swallow: 0,
  duplicate: 0,
  reorder: 0,
  delayMs: 0,
  seed: 1,
};

export interface Deliverer {
  /** Queues what an event still owes to its endpoints. */
  enqueue(event: StripeEvent): void;
  /** Sends an event again: where it was meant to go, or, if nowhere, to every endpoint that is enabled now. */
  redeliver(event: StripeEvent): void;
  /** Brings waiting retries forward, when the fake's clock is advanced. */
  hasten(ms: number): void;
  setFaults(faults: DeliveryFaults): void;
  close(): Promise<void>;
}

interface Job {
  event: StripeEvent;
  delivery: Delivery;
}

// As many at a time as a receiver may reasonably be asked to take.
const CONCURRENCY = 16;
// A reordered delivery is overtaken by what is raised in this time.
const REORDER_MS = 1_000;

/** `t=…,v1=…` over `t.body`. Dated by the real clock, because receivers check its age against theirs. */
function signatureHeader(body: string, secret: string): string {
  const timestamp = Math.floor(Date.now() / 1_000);
  const digest = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return `t=${timestamp},v1=${digest}`;
}

/** Deterministic numbers in [0, 1), the same for the same seed (a linear congruential generator). */
function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function payloadFor(event: StripeEvent, endpoint: WebhookEndpoint): string {
  return JSON.stringify(inApiVersion(render(event), event.fake.legacy, endpoint.api_version));
}

/** Sends events to webhook endpoints, retries, and notes what became of each. */
export function createDeliverer(world: World, saveSoon: () => void): Deliverer {
  const { settings, store } = world;
  let faults = NO_FAULTS;
  let random = sequence(faults.seed);
  let waiting: Job[] = [];
  const running = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const closing = new AbortController();

  const post = async (job: Job, endpoint: WebhookEndpoint): Promise<boolean> => {
    const body = payloadFor(job.event, endpoint);
    const headers = {
      'Content-Type': 'application/json; charset=utf-8',
      'User-Agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
      'Stripe-Signature': signatureHeader(body, endpoint.fake.secret),
    };
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(settings.deliveryTimeoutMs)]);
    try {
      const response = await fetch(endpoint.url, {
        method: 'POST',
        body,
        headers,
        signal,
        redirect: 'manual',
      });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  };

  const noteFailure = (job: Job, endpoint: WebhookEndpoint): void => {
    const now = Date.now();
    endpoint.fake.failingSince ??= now;
    if (now - endpoint.fake.failingSince >= settings.disableEndpointAfterMs) endpoint.status = 'disabled';
    const wait = settings.deliveryRetryMs[job.delivery.attempts - 1];
    if (wait === undefined) {
      job.delivery.state = 'failed';
      return;
    }
    job.delivery.nextAttemptAt = now + wait;
    waiting.push(job);
  };

  const send = async (job: Job): Promise<void> => {
    const endpoint = store.webhookEndpoints.get(job.delivery.endpoint);
    if (!endpoint || endpoint.status === 'disabled' || random() < faults.drop) {
      job.delivery.state = 'failed';
      return;
    }
    job.delivery.attempts += 1;
    const arrived = random() < faults.swallow || (await post(job, endpoint));
    if (closed) return;
    if (!arrived) return noteFailure(job, endpoint);
    if (random() < faults.duplicate) await post(job, endpoint);
    endpoint.fake.failingSince = null;
    job.delivery.state = 'delivered';
    job.event.pending_webhooks = job.event.fake.deliveries.filter(
      ({ state }) => state !== 'delivered',
    ).length;
  };

  const start = (job: Job): void => {
    const work = send(job).finally(() => {
      running.delete(work);
      saveSoon();
      pump();
    });
    running.add(work);
  };

  const pump = (): void => {
    clearTimeout(timer);
    if (closed) return;
    const now = Date.now();
    const rest: Job[] = [];
    const ready = waiting;
    waiting = rest;
    for (const job of ready) {
      if (job.delivery.nextAttemptAt <= now && running.size < CONCURRENCY) start(job);
      else rest.push(job);
    }
    if (rest.length === 0 || running.size >= CONCURRENCY) return;
    const earliest = rest.reduce((soonest, job) => Math.min(soonest, job.delivery.nextAttemptAt), Infinity);
    timer = setTimeout(pump, Math.max(1, earliest - now));
    timer.unref();
  };

  const enqueue = (event: StripeEvent): void => {
    for (const delivery of event.fake.deliveries) {
      if (delivery.state !== 'pending') continue;
      const late = random() < faults.reorder ? random() * REORDER_MS : 0;
      if (delivery.attempts === 0) delivery.nextAttemptAt = Date.now() + faults.delayMs + late;
      waiting.push({ event, delivery });
    }
    // After the request that raised it: an event never overtakes the answer's own bookkeeping.
    setImmediate(pump);
  };

  return {
    enqueue,
    redeliver: (event) => {
      const queued = new Set(waiting.map((job) => job.delivery));
      if (event.fake.deliveries.length === 0) event.fake.deliveries = deliveriesTo(store, () => true);
      for (const delivery of event.fake.deliveries) {
        if (queued.has(delivery)) continue;
        Object.assign(delivery, { state: 'pending', attempts: 0, nextAttemptAt: 0 });
        waiting.push({ event, delivery });
      }
      setImmediate(pump);
    },
    hasten: (ms) => {
      for (const job of waiting) job.delivery.nextAttemptAt -= ms;
      pump();
    },
    setFaults: (next) => {
      faults = next;
      random = sequence(next.seed);
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      // What is cut off here stays pending, and is sent again after the next start.
      closing.abort();
      await Promise.allSettled([...running]);
    },
  };
}
