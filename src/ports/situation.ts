import type { Stage } from '../domain/case-file.js';
import type { AlertSeverity } from './alerts.js';

/** How an installation stands at one moment, whichever of its processes is asked. Ages are in seconds. */
export type Situation = {
  /** What waits to be dispatched, by type of event; types of which nothing waits are left out. */
  readonly pending: readonly {
    readonly type: string;
    readonly events: number;
    readonly oldestSeconds: number;
  }[];
  readonly dead: number;
  readonly unmatchedCustomers: number;
  /** Since a round of the watch was completed, and since the intake was last known to miss nothing; `null`: never yet. */
  readonly roundSeconds: number | null;
  readonly sightedSeconds: number | null;
  /** Those that are open; what there is none of is left out. */
  readonly alerts: Readonly<Partial<Record<AlertSeverity, number>>>;
  readonly cases: Readonly<Partial<Record<Stage, number>>>;
};
