import type { TakingStep } from '../domain/effect.js';
import type { Evidence } from '../domain/judge.js';
import type { Instant } from '../domain/time.js';

/** A date that a notice named, in the order in which notices were accepted. */
export type PromiseRecord = { readonly step: TakingStep; readonly at: Instant; readonly acceptedAt: Instant };

/**
 * The date that was named last for a step, with the earliest notice that named just this date: the lead counts from there.
 * What was told before something was given back has gone with it.
 */
export function warningOf(
  promises: readonly PromiseRecord[],
  step: string,
  liftedAt: Instant | null,
): Evidence['notice'] {
  const ofStep = promises.filter((p) => p.step === step && p.acceptedAt >= (liftedAt ?? -Infinity));
  const promisedAt = ofStep.at(-1)?.at;
  const first = ofStep.find((promise) => promise.at === promisedAt);
  return first === undefined ? null : { promisedAt: first.at, acceptedAt: first.acceptedAt };
}
