import type Stripe from 'stripe';
import { typesActedOn } from '../../../src/dispatcher/classify.js';
import type { StripeWorld } from '../billing-stripe.js';
import { once, type Difference } from './compare.js';
import { hold } from './hold.js';
import type { Exchange } from './recorder.js';
import { eventObjects, eventTypes, resourceSchema, type Specification } from './specification.js';

/** Every event that the fake has raised so far. */
export function allEvents({ stripe }: StripeWorld): Promise<Stripe.Event[]> {
  return stripe.events.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 });
}

/** The types that an endpoint was made for, from the request that made it. */
export function subscribedIn(exchanges: readonly Exchange[]): string[] {
  const made = exchanges.find(({ method, path }) => method === 'POST' && path === '/v1/webhook_endpoints');
  return [...(made?.query ?? [])]
    .filter(([name]) => name.startsWith('enabled_events'))
    .map(([, type]) => type);
}

type Specifications = { readonly released: Specification; readonly preview: Specification };

/** How events differ from the specification: envelope, type, which object they hold, and every field of that object. */
export function eventsDiffer(
  { released, preview }: Specifications,
  events: readonly Stripe.Event[],
): Difference[] {
  const types = eventTypes(released);
  const objects = eventObjects(preview);
  return once(
    events.flatMap((event) => {
      const { object, previous_attributes: before } = event.data as unknown as Data;
      const envelope = hold(released, { $ref: '#/components/schemas/event' }, event, 'event').violations;
      const schema = resourceSchema(released, object.object);
      if (schema === undefined) return [{ at: object.object, is: 'unknown' as const }];
      const held = hold(released, schema, object, object.object).violations;
      // What has changed is a part of the object, in which nothing has to be.
      const changed = hold(released, { ...schema, required: [] }, before ?? {}, object.object).violations;
      const strange = types.includes(event.type) ? [] : [{ at: event.type, is: 'unknown' as const }];
      const wrong = objects.get(event.type) !== object.object;
      const other = wrong ? [{ at: event.type, is: 'type' as const, value: object.object }] : [];
      return [...envelope, ...held, ...changed, ...strange, ...other];
    }),
  );
}

type Data = {
  readonly object: { readonly object: string };
  readonly previous_attributes?: Readonly<Record<string, unknown>>;
};

/** The types that Forbear asks for or acts on: those the specification doesn't know, and those never raised here. */
export function typesDiffer(
  { released }: Specifications,
  asked: readonly string[],
  events: readonly Stripe.Event[],
): Difference[] {
  const known = eventTypes(released);
  const raised = new Set(events.map(({ type }) => type as string));
  return once(
    [...asked, ...typesActedOn].flatMap((at): Difference[] => {
      if (!known.includes(at)) return [{ at, is: 'unknown' }];
      return raised.has(at) ? [] : [{ at, is: 'unraised' }];
    }),
  );
}
