import type { CustomerId } from '../domain/ids.js';
import type { Instant } from '../domain/time.js';
import type { BillingEvent } from './billing.js';

/** An event as the provider has it in its list, with its text as it would have been delivered. */
export type ListedEvent = { readonly event: BillingEvent; readonly payload: Uint8Array };

/** One that the provider has and that we can't make out. Nothing of it is believed; it says what there is to look for it by. */
export type UnreadableEvent = {
  readonly event: null;
  /** `null`: it has none by which it could be asked for. */
  readonly id: string | null;
  /** What it calls itself, where it does. */
  readonly type: string | null;
  readonly createdAt: Instant | null;
  /** Which of its fields are not as they should be. Holds nothing of their text. */
  readonly why: string;
};

/** What the provider has: an event, or something in an event's place. */
export type Listing = ListedEvent | UnreadableEvent;

/** Whether there is an event in it. */
export const isReadable = (listing: Listing): listing is ListedEvent => listing.event !== null;

export const isUnreadable = (listing: Listing): listing is UnreadableEvent => listing.event === null;

export type EventFilter = {
  /** Only events created at or after this instant. */
  readonly since: Instant;
  /** Only events created before this instant. */
  readonly until?: Instant;
  /** Only events of these types; twenty at a time. */
  readonly types?: readonly string[];
  /** Only events that the provider could not deliver. */
  readonly undelivered?: boolean;
};

/** Where the provider delivers events, as it has it now. */
export type EventEndpoint = {
  readonly id: string;
  readonly url: string;
  readonly enabled: boolean;
  /** `*` stands for all. */
  readonly types: readonly string[];
  /** `null`: the account's default. */
  readonly apiVersion: string | null;
  readonly livemode: boolean;
};

/**
 * The events that the provider keeps, for 30 days. Every method can be repeated, and throws `BILLING_UNAVAILABLE` when the
 * provider can't answer, `BILLING_REFUSED` when our key may not ask, or the answer is no answer to what was asked.
 */
export type BillingEvents = {
  /** `null`: there is none of this id, of this mode, within the last 30 days. */
  read(id: string): Promise<Listing | null>;
  /**
   * Newest first (of each twenty types, where more are asked for), fetched page by page as they are consumed. One that can't be
   * read is in its place among the others, and ends nothing.
   */
  list(filter: EventFilter): AsyncIterable<Listing>;
  endpoints(): Promise<readonly EventEndpoint[]>;
  /** Whose the object is that a thin event tells of; `null` where it names no customer, or is gone. */
  customerOf(related: string): Promise<CustomerId | null>;
};
