import type { Step } from '../domain/effect.js';

/** Whether nobody begins it any more for a case that has closed: what gives back is welcome whenever it comes. */
export const isOverWithItsCase = (step: Step): boolean =>
  step !== 'lift' && step !== 'unrestrict' && step !== 'close';

/** Whether an effect that was claimed and never got done is over with this one: every intent has its outcome. */
export function isUndoneBy(step: Step, undoing: Step): boolean {
  switch (undoing) {
    case 'lift':
    case 'close':
      // What a person ordered has nothing to do with debts.
      return step !== 'restrict' && step !== 'unrestrict';
    case 'unrestrict':
      return step === 'restrict';
    case 'remind':
    case 'limit':
    case 'pause':
    case 'ask':
    case 'decommission':
    case 'retry':
    case 'restrict':
      return false;
  }
}
