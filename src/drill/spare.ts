import type { Restriction } from '../domain/restrictions.js';
import { formatInstant, type Instant } from '../domain/time.js';

type Guarded = {
  readonly restrictions: readonly Restriction[];
  readonly exemption: { readonly until: Instant; readonly by: string } | null;
};

/** Why a drill does not touch this account; `null`: it does. Pure. */
export function whyNot(row: Guarded | undefined, now: Instant): string | null {
  const { exemption = null, restrictions = [] } = row ?? {};
  if (exemption !== null && now < exemption.until)
    return `exempt from enforcement until ${formatInstant(exemption.until)}, by ${exemption.by}: end that first`;
  const manual = restrictions.find(({ reason }) => reason === 'manual');
  if (manual === undefined) return null;
  return manual.accessOnly === true
    ? 'another fire drill has it'
    : `it is ${manual.access} by hand, by ${manual.owner}: lift that first`;
}
