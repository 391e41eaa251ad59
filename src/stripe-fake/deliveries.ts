import { deliveriesTo } from './events.js';
import type { Delivery, StripeEvent, WebhookEndpoint } from './state/objects.js';
import { postWebhook } from './webhook-post.js';
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

const NO_FAULTS: DeliveryFaults = { drop: 0, swallow: 0, duplicate: 0, reorder: 0, delayMs: 0, seed: 1 };

interface Job {
  event: StripeEvent;
  delivery: Delivery;
}

// As many at a time as a receiver may reasonably be asked to take.
const CONCURRENCY = 16;
// A reordered delivery is overtaken by what is raised in this time.
const REORDER_MS = 1_000;

/** Deterministic numbers in [0, 1), the same for the same seed (a linear congruential generator). */
function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Sends events to webhook endpoints, retries, and notes what became of each. */
export class Deliverer {
  private faults = NO_FAULTS;
  private random = sequence(NO_FAULTS.seed);
  private waiting: Job[] = [];
  private readonly running = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private readonly closing = new AbortController();

  constructor(
    private readonly world: World,
    private readonly saveSoon: () => void,
  ) {}

  /** Queues what an event still owes to its endpoints. */
  enqueue(event: StripeEvent): void {
    for (const delivery of event.fake.deliveries) {
      if (delivery.state !== 'pending') continue;
      const late = this.random() < this.faults.reorder ? this.random() * REORDER_MS : 0;
      if (delivery.attempts === 0) delivery.nextAttemptAt = Date.now() + this.faults.delayMs + late;
      this.waiting.push({ event, delivery });
    }
    this.pumpSoon();
  }

  /** Sends an event again: where it was meant to go, or, if nowhere, to every endpoint that is enabled now. */
  redeliver(event: StripeEvent): void {
    const queued = new Set(this.waiting.map((job) => job.delivery));
    if (event.fake.deliveries.length === 0) {
      event.fake.deliveries = deliveriesTo(this.world.store, () => true);
    }
    for (const delivery of event.fake.deliveries) {
      if (queued.has(delivery)) continue;
      Object.assign(delivery, { state: 'pending', attempts: 0, nextAttemptAt: 0 });
      this.waiting.push({ event, delivery });
    }
    this.pumpSoon();
  }

  /** Brings waiting retries forward, when the fake's clock is advanced. */
  hasten(ms: number): void {
    for (const job of this.waiting) job.delivery.nextAttemptAt -= ms;
    this.pump();
  }

  setFaults(next: DeliveryFaults): void {
    this.faults = next;
    this.random = sequence(next.seed);
  }

  async close(): Promise<void> {
    clearTimeout(this.timer);
    // What is cut off here stays pending, and is sent again after the next start.
    this.closing.abort();
    await Promise.allSettled([...this.running]);
  }

  /** After the request that raised it: an event never overtakes the answer's own bookkeeping. */
  private pumpSoon(): void {
    setImmediate(() => {
      this.pump();
    });
  }

  /** Starts what is due and fits, and comes back for the rest. */
  private pump(): void {
    clearTimeout(this.timer);
    if (this.closing.signal.aborted) return;
    const now = Date.now();
    const ready = this.waiting;
    this.waiting = [];
    for (const job of ready) {
      if (job.delivery.nextAttemptAt <= now && this.running.size < CONCURRENCY) this.start(job);
      else this.waiting.push(job);
    }
    // With every slot taken, whatever ends next pumps again.
    if (this.waiting.length === 0 || this.running.size >= CONCURRENCY) return;
    const earliest = this.waiting.reduce(
      (at, { delivery }) => Math.min(at, delivery.nextAttemptAt),
      Infinity,
    );
    this.timer = setTimeout(() => this.pump(), Math.max(1, earliest - now));
    this.timer.unref();
  }

  private start(job: Job): void {
    const work = this.send(job).finally(() => {
      this.running.delete(work);
      this.saveSoon();
      this.pump();
    });
    this.running.add(work);
  }

  private async send(job: Job): Promise<void> {
    const { event, delivery } = job;
    const endpoint = this.world.store.webhookEndpoints.get(delivery.endpoint);
    if (!endpoint || endpoint.status === 'disabled' || this.random() < this.faults.drop) {
      delivery.state = 'failed';
      return;
    }
    delivery.attempts += 1;
    const arrived = this.random() < this.faults.swallow || (await this.post(event, endpoint));
    if (this.closing.signal.aborted) return;
    if (!arrived) return this.noteFailure(job, endpoint);
    if (this.random() < this.faults.duplicate) await this.post(event, endpoint);
    endpoint.fake.failingSince = null;
    delivery.state = 'delivered';
    event.pending_webhooks = event.fake.deliveries.filter(({ state }) => state !== 'delivered').length;
  }

  private post(event: StripeEvent, endpoint: WebhookEndpoint): Promise<boolean> {
    const timeout = AbortSignal.timeout(this.world.settings.deliveryTimeoutMs);
    return postWebhook(event, endpoint, AbortSignal.any([this.closing.signal, timeout]));
  }

  /** Waits for the next attempt, if there is one left; an endpoint that fails for too long is disabled. */
  private noteFailure(job: Job, endpoint: WebhookEndpoint): void {
    const { settings } = this.world;
    const now = Date.now();
    endpoint.fake.failingSince ??= now;
    if (now - endpoint.fake.failingSince >= settings.disableEndpointAfterMs) endpoint.status = 'disabled';
    const wait = settings.deliveryRetryMs[job.delivery.attempts - 1];
    if (wait === undefined) {
      job.delivery.state = 'failed';
      return;
    }
    job.delivery.nextAttemptAt = now + wait;
    this.waiting.push(job);
  }
}
