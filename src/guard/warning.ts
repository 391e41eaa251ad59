import type { TakingStep } from '../domain/effect.js';
import type { Evidence } from '../domain/judge.js';
import type { Instant } from '../domain/time.js';
import type { Undelivered } from '../domain/undelivered.js';

/** A date that a notice named, in the order in which notices were accepted. */
export type PromiseRecord = { readonly step: TakingStep; readonly at: Instant; readonly acceptedAt: Instant };

/** The same, and whether it counts as delivered: at least one of its notice's recipients has not bounced for good. */
export type SentPromise = PromiseRecord & { readonly delivered: boolean };

/** What the customer can have read. */
export const deliveredOf = (promises: readonly SentPromise[]): readonly PromiseRecord[] =>
  promises.filter(({ delivered }) => delivered);

/** Each date that a notice named which bounced, once, with the first notice that arrived and named it too. */
export function undeliveredOf(promises: readonly SentPromise[]): readonly Undelivered[] {
  const isSame = (a: PromiseRecord, b: PromiseRecord) => a.step === b.step && a.at === b.at;
  const bounced = promises.filter(({ delivered }) => !delivered);
  const unique = bounced.filter((one, index) => bounced.findIndex((other) => isSame(one, other)) === index);
  return unique.map(({ step, at, acceptedAt }) => {
    const arrived = deliveredOf(promises).find((other) => isSame(other, { step, at, acceptedAt }));
    return { step, at, deliveredAt: arrived?.acceptedAt ?? null };
  });
}

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
