import { HOUR_MS } from './time.js';

/** What a fire drill leaves to the accounts of its list. */
export const drillAccess = ['suspended', 'revoked'] as const;
export type DrillAccess = (typeof drillAccess)[number];

/** Long enough for the one who is asked to get to a desk, short enough that the list is still the one that was meant. */
export const drillApprovalMs = 4 * HOUR_MS;

/**
 * Where a line of a fire drill stands. `waiting`: nothing was done yet · `access_off`: access and sessions are off, and
 * what runs goes on until its standing was read again · `ordered`: its case is switching off what runs. The rest are results:
 * `done` · `already`: somebody had switched it off by hand before · `unknown`: there is no such account · `refused`: nothing was
 * taken, or it was given back · `failed`: access is off, and not everything that runs · `undone`: given back by an undo.
 */
export const drillRowStatuses = [
  'waiting',
  'access_off',
  'ordered',
  'done',
  'already',
  'unknown',
  'refused',
  'failed',
  'undone',
] as const;
export type DrillRowStatus = (typeof drillRowStatuses)[number];

export const isUnderWay = (status: DrillRowStatus): boolean =>
  status === 'waiting' || status === 'access_off' || status === 'ordered';

/** How many lines stand where. */
export type DrillCounts = Readonly<Partial<Record<DrillRowStatus, number>>>;
