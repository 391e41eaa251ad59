import { takingSteps, type Step, type TakingStep } from '../domain/effect.js';
import type { FallbackPlan } from '../domain/policy.js';
import type { Restriction } from '../domain/restrictions.js';
import type { SentNotice, StandingRestriction, Tracks } from '../domain/witness.js';

type KnownEffect = {
  readonly step: Step;
  readonly round: number;
  readonly settled: boolean;
  /** What went out with a `remind` that was done. */
  readonly notice?: Omit<SentNotice, 'round'> | null;
};
type Kept = Pick<Tracks, 'exemption' | 'immunity' | 'forgiven' | 'granted'> & {
  readonly restrictions: readonly Restriction[];
  readonly fallback: FallbackPlan | null;
};

/** Sums up what a ledger holds: the effects of one case, the account's restrictions, and what people have ordered. */
export function tracksOf(
  effects: readonly KnownEffect[],
  { restrictions, exemption, immunity, forgiven, granted, fallback }: Kept,
): Omit<Tracks, 'resourcesOff' | 'undelivered' | 'reachable'> {
  const settled = effects.filter((effect) => effect.settled);
  const newest = (step: Step) => Math.max(...settled.filter((e) => e.step === step).map((e) => e.round));
  return {
    rounds: Object.fromEntries(settled.map(({ step }) => [step, newest(step)])),
    lastNotice: lastNoticeOf(settled),
    unsettled: hardestOpen(effects),
    restrictions: restrictions.flatMap(ofCases),
    exemption,
    immunity,
    forgiven,
    granted,
    fallback: fallback !== null,
  };
}

function lastNoticeOf(settled: readonly KnownEffect[]): SentNotice | null {
  const reminders = settled.filter(({ step }) => step === 'remind').sort((a, b) => a.round - b.round);
  const newest = reminders.at(-1);
  return newest?.notice ? { ...newest.notice, round: newest.round } : null;
}

function ofCases({ reason, access, owner, evidence, until, accessOnly }: Restriction): StandingRestriction[] {
  if (accessOnly === true) return [];
  if (reason === 'manual')
    return [{ reason, access, owner, evidence, ...(until !== undefined && { until }) }];
  return reason === 'nonpayment' || reason === 'ended' ? [{ reason, access }] : [];
}

/** Of what was begun and has no outcome, the hardest: lifting it undoes the milder ones, too. */
function hardestOpen(effects: readonly KnownEffect[]): Tracks['unsettled'] {
  const isTaking = (effect: KnownEffect): effect is KnownEffect & { readonly step: TakingStep } =>
    takingSteps.some((step) => step === effect.step);
  const open = effects.filter((effect) => !effect.settled).filter(isTaking);
  const hardest = open.sort((a, b) => takingSteps.indexOf(b.step) - takingSteps.indexOf(a.step))[0];
  return hardest === undefined ? null : { step: hardest.step, round: hardest.round };
}
