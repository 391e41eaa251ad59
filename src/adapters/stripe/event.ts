import Stripe from 'stripe';
import { z } from 'zod';
import { asCustomerId } from '../../domain/ids.js';
import { SECOND_MS } from '../../domain/time.js';
import type { BillingEvent } from '../../ports/billing.js';

/** What a body holds: an event, or why it is none. */
export type Reading =
  | { readonly event: BillingEvent }
  | {
      readonly event: null;
      readonly hint: string;
      /** The fields that are not as they are in an event; none where it is nothing that has fields. */
      readonly odd: readonly string[];
    };

/**
 * The API versions whose events are read. In older ones than the first nobody has looked where the ids stand; the last is that
 * of the package, by which everything else is asked.
 */
export const readableVersions = { oldest: '2024-04-10', newest: Stripe.API_VERSION };

/** Reads an event in either of Stripe's shapes, snapshot or thin, whatever API version it comes in. Never throws. */
export function readEvent(body: Uint8Array): Reading {
  const json = parseJson(body);
  if (json === undefined) return { event: null, hint: 'signed, but not JSON: who sends this?', odd: [] };
  const snapshot = snapshotShape.safeParse(json);
  if (snapshot.success) return { event: ofSnapshot(snapshot.data) };
  const thin = thinShape.safeParse(json);
  if (thin.success) return { event: ofThin(thin.data) };
  const isThin = thinKind.safeParse(json).success;
  const odd = oddFields(isThin ? thin.error : snapshot.error);
  return { event: null, hint: 'signed, but not a Stripe event with an object in it', odd };
}

const oddFields = ({ issues }: z.ZodError): string[] => [
  ...new Set(issues.map(({ path }) => path.join('.')).filter((field) => field !== '')),
];

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(body));
  } catch {
    return undefined;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

// What Postgres can hold and an index should: Stripe's own are far within it.
const word = z.string().regex(/^[\x21-\x7e]{1,255}$/);
const idShape = z.union([word, z.object({ id: word }).transform(({ id }) => id)]);
const optionalId = idShape
  .nullish()
  .catch(null)
  .transform((id) => id ?? null);

// Beyond it JavaScript has no dates; Stripe's are of this century.
const seconds = z.int().min(0).max(10_000_000_000);

const snapshotShape = z.object({
  id: word,
  object: z.literal('event'),
  type: word,
  created: seconds,
  livemode: z.boolean(),
  api_version: word.nullish().catch(null),
  account: optionalId,
  data: z.object({
    object: z.object({
      id: optionalId,
      object: word.nullish().catch(null),
      customer: optionalId,
      invoice: optionalId,
      subscription: optionalId,
      parent: z
        .object({
          subscription_details: z.object({ subscription: optionalId }).nullish().catch(null),
        })
        .nullish()
        .catch(null),
    }),
  }),
});

/** Takes the ids from either shape: `invoice.subscription` until 2025, `invoice.parent.subscription_details` since. */
function ofSnapshot({ data: { object }, ...event }: z.infer<typeof snapshotShape>): BillingEvent {
  const own = (kind: string) => (object.object === kind ? object.id : null);
  const customer = own('customer') ?? object.customer;
  return {
    id: event.id,
    type: event.type,
    createdAt: event.created * SECOND_MS,
    livemode: event.livemode,
    apiVersion: event.api_version ?? null,
    context: event.account,
    customer: customer === null ? null : asCustomerId(customer),
    invoice: own('invoice') ?? object.invoice,
    subscription:
      own('subscription') ?? object.subscription ?? object.parent?.subscription_details?.subscription ?? null,
    related: null,
  };
}

// A path of Stripe's API and nothing else: we ask there with our key.
const relatedUrl = z.string().regex(/^\/v[12]\/[a-z_/]{1,80}\/[A-Za-z0-9_]{1,80}$/);

const thinShape = z.object({
  id: word,
  object: z.literal('v2.core.event'),
  type: word,
  created: z.iso.datetime({ offset: true }),
  livemode: z.boolean(),
  context: word.nullish().catch(null),
  snapshot_event: word.nullish().catch(null),
  related_object: z.object({ id: word, type: word, url: relatedUrl }).nullish().catch(null),
});

const thinKind = z.looseObject({ object: z.literal('v2.core.event') });

/** A thin event tells what happened to which object, and has to be asked whose it is. */
function ofThin({ related_object: object, ...event }: z.infer<typeof thinShape>): BillingEvent {
  const own = (kind: string) => (object?.type === kind ? object.id : null);
  const customer = own('customer');
  return {
    id: event.snapshot_event ?? event.id,
    // The thin event of `invoice.paid` is `v1.invoice.paid`.
    type: event.type.replace(/^v1\./, ''),
    createdAt: Date.parse(event.created),
    livemode: event.livemode,
    apiVersion: null,
    context: event.context ?? null,
    customer: customer === null ? null : asCustomerId(customer),
    invoice: own('invoice'),
    subscription: own('subscription'),
    related: object?.url ?? null,
  };
}
