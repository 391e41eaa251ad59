import type Stripe from 'stripe';
import { z } from 'zod';
import { SECOND_MS } from '../../domain/time.js';
import { PortError } from '../../ports/errors.js';
import type { Listing } from '../../ports/events.js';
import { readEvent } from './event.js';

export type EventPage = {
  readonly rows: readonly unknown[];
  /** After which event the next page begins; `null`: this is the last one. */
  readonly next: string | null;
};

const pageShape = z.object({ data: z.array(z.unknown()), has_more: z.boolean() });
const cursorShape = z.object({ id: z.string().min(1) });

/**
 * The rows of a page as Stripe answered it, and where the next one begins. Throws `BILLING_REFUSED` where it is no page, or
 * says that there is more and not after what: whatever is beyond could not be told from the end.
 */
export function readPage(answer: Stripe.ApiList<Stripe.Event>, after: string | null): EventPage {
  const page = pageShape.safeParse(answer);
  if (!page.success) throw refusal('what it answered is no list');
  const { data: rows, has_more: more } = page.data;
  if (!more) return { rows, next: null };
  const last = rows.findLastIndex((row) => cursorShape.safeParse(row).success);
  const cursor = cursorShape.safeParse(rows[last]).data?.id;
  if (cursor === undefined || cursor === after) throw refusal('it has more, and does not say after what');
  // What has no id and stands behind the last that has one begins the next page, too: there it is read.
  return { rows: rows.slice(0, last + 1), next: cursor };
}

const refusal = (why: string) => new PortError('BILLING_REFUSED', `Stripe: listing events: ${why}`);

// An id by which Stripe can be asked for it, as `forbear replay` takes it.
const eventId = z.string().regex(/^evt_[A-Za-z0-9_]{1,80}$/);
const outlineShape = z.looseObject({
  id: eventId.nullable().catch(null),
  type: z.string().nullable().catch(null),
  created: z.int().min(0).max(10_000_000_000).nullable().catch(null),
});

/** What Stripe has in an event's place: the event with its text, or why it is none. */
export function listingOf(row: unknown): Listing {
  const payload = new TextEncoder().encode(JSON.stringify(row));
  const reading = readEvent(payload);
  if (reading.event !== null) return { event: reading.event, payload };
  const { id = null, type = null, created = null } = outlineShape.safeParse(row).data ?? {};
  return {
    event: null,
    id,
    type,
    createdAt: created === null ? null : created * SECOND_MS,
    why: whyOf(reading.odd),
  };
}

const mostFields = 3;

function whyOf(odd: readonly string[]): string {
  if (odd.length === 0) return 'it is nothing that has fields';
  const more = odd.length > mostFields ? ` and ${odd.length - mostFields} more` : '';
  return `missing or of another kind: ${odd.slice(0, mostFields).join(', ')}${more}`;
}
