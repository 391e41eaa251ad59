import type { Tracks } from '../domain/advance.js';
import type { Step } from '../domain/effect.js';
import type { Restriction } from '../domain/restrictions.js';

type SettledEffect = { readonly step: Step; readonly round: number };

/** Sums up what a ledger holds: the settled effects of one case and the account's restrictions. */
export function tracksOf(
  settled: readonly SettledEffect[],
  restrictions: readonly Restriction[],
): Omit<Tracks, 'resourcesOff'> {
  const newest = (step: Step) => Math.max(0, ...settled.filter((e) => e.step === step).map((e) => e.round));
  return {
    rounds: {
      remind: newest('remind'),
      pause: newest('pause'),
      lift: newest('lift'),
      close: newest('close'),
    },
    restrictions: restrictions.flatMap(({ reason, access }) =>
      reason === 'nonpayment' || reason === 'ended' ? [{ reason, access }] : [],
    ),
  };
}
