import type { Outcome } from '../domain/effect.js';
import type { Instant } from '../domain/time.js';
import type { Deed } from '../ports/claims.js';

/** What is kept of a deed as the effect's outcome. */
export function outcomeOf(
  { caveat, untold, approval }: Deed,
  at: Instant,
): Extract<Outcome, { status: 'done' }> {
  return {
    status: 'done',
    at,
    ...(caveat !== undefined && { caveat }),
    ...(untold !== undefined && { untold }),
    ...(approval !== undefined && { approval }),
  };
}
