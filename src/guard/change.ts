import { impose, without, type Restriction } from '../domain/restrictions.js';
import type { Instant } from '../domain/time.js';
import type { RestrictionChange } from '../ports/claims.js';

/** The account's restrictions after an effect's change; those of other reasons are left as they are. */
export function applyChange(
  restrictions: readonly Restriction[],
  change: RestrictionChange | null,
  now: Instant,
): readonly Restriction[] {
  if (change === null) return restrictions;
  const left = 'lift' in change ? change.lift.reduce(without, restrictions) : restrictions;
  return change.impose === undefined ? left : impose(left, { ...change.impose, since: now });
}
