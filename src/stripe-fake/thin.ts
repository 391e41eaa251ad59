import { SECOND_MS } from './clock.js';
import type { StripeEvent } from './state/objects.js';
import { newId } from './state/store.js';

type Json = Record<string, unknown>;

/** Where the object of an event is read; `null` for one that has no id of its own. */
function relatedObject({ id, object }: Json): Json | null {
  if (typeof id !== 'string') return null;
  const type = String(object);
  return { id, type, url: `/v1/${type}s/${id}` };
}

/** What a thin event destination gets: what happened to which object, and the id of the snapshot event that says the same. */
export function thinEvent(event: StripeEvent): Json {
  event.fake.thinId ??= newId('evt');
  return {
    id: event.fake.thinId,
    object: 'v2.core.event',
    context: event.account ?? null,
    created: new Date(event.created * SECOND_MS).toISOString(),
    livemode: event.livemode,
    reason: null,
    related_object: relatedObject(event.data.object),
    snapshot_event: event.id,
    type: `v1.${event.type}`,
  };
}
