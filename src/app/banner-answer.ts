import type { AccessAnswer, AccessLevel, NextStep } from './contract.js';
import type { Reading } from './reading.js';
import { isAboutPayment } from './verdict.js';

/** What a browser is told of its own account: what the banner shows, and no reason that is kept from people. */
export type BannerAnswer = {
  /** Whether there is anything to tell: a payment is overdue. All else is then as if all were well. */
  readonly isOverdue: boolean;
  readonly access: AccessLevel;
  readonly nextStep: { readonly step: NextStep; readonly at: string } | null;
  readonly payUrl: string | null;
};

const nothingToTell: BannerAnswer = { isOverdue: false, access: 'active', nextStep: null, payUrl: null };

/** Strips what is known for the browser. Nothing is told where it is about more than a payment, or not known. */
export function bannerAnswer(reading: Reading | null | undefined): BannerAnswer {
  if (!reading?.isKnown) return nothingToTell;
  const { answer } = reading;
  const isOverdue = isOverdueNow(answer) || isAboutPayment(answer);
  if (!isOverdue) return nothingToTell;
  return { isOverdue, access: answer.access, nextStep: answer.nextStep, payUrl: answer.payUrl };
}

/** Nothing is taken away yet, but something is owed. */
function isOverdueNow({ reasons, billingStatus }: AccessAnswer): boolean {
  return reasons.length === 0 && billingStatus === 'past_due';
}
