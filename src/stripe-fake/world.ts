import type { Agenda } from './agenda.js';
import type { FakeClock } from './clock.js';
import type { Settings } from './settings.js';
import type { StripeEvent } from './state/objects.js';
import type { Store } from './state/store.js';

/** Everything a rule of billing needs: what is stored, what time it is, and who wants to hear of events. */
export interface World {
  store: Store;
  clock: FakeClock;
  agenda: Agenda;
  settings: Settings;
  /** The API request that is being executed, named in the events it raises. */
  request: { id: string; idempotencyKey: string | null } | undefined;
  /** Called once for each new event, after it is stored. */
  announce: (event: StripeEvent) => void;
}
