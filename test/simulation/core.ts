import type { ruleBreaker, breakerOf } from '../../src/domain/breaker.js';
import type { newCaseFile } from '../../src/domain/case-file.js';
import type { fallbackAfter, fallbackChangeOf } from '../../src/domain/fallback.js';
import type { judge } from '../../src/domain/judge.js';
import type { ruleOn } from '../../src/domain/orders.js';
import type { classify, strongest } from '../../src/dispatcher/classify.js';
import type { accessUnder } from '../../src/domain/restrictions.js';
import type { heldBy } from '../../src/guard/brakes.js';
import type { applyChange } from '../../src/guard/change.js';
import type { outcomeOf } from '../../src/guard/outcome.js';
import type { tracksOf } from '../../src/guard/tracks.js';
import type { isOverWithItsCase, isUndoneBy } from '../../src/guard/undo.js';
import type { warningOf } from '../../src/guard/warning.js';
import type {
  catchUp,
  decide,
  decideAfter,
  givesBackAt,
  mustLook,
  mustWait,
  metABrake,
  servesOn,
  takeIn,
} from '../../workflows/life.js';
import type { Ports } from './ports.js';

/** Everything that is under test: the real code, and the ports in memory on which it is run. A mutant replaces a part. */
export type Core = Ports & {
  readonly breakerOf: typeof breakerOf;
  readonly ruleBreaker: typeof ruleBreaker;
  readonly newCaseFile: typeof newCaseFile;
  readonly fallbackAfter: typeof fallbackAfter;
  readonly fallbackChangeOf: typeof fallbackChangeOf;
  readonly judge: typeof judge;
  readonly ruleOn: typeof ruleOn;
  readonly classify: typeof classify;
  readonly strongest: typeof strongest;
  readonly accessUnder: typeof accessUnder;
  readonly heldBy: typeof heldBy;
  readonly applyChange: typeof applyChange;
  readonly outcomeOf: typeof outcomeOf;
  readonly tracksOf: typeof tracksOf;
  readonly isOverWithItsCase: typeof isOverWithItsCase;
  readonly isUndoneBy: typeof isUndoneBy;
  readonly warningOf: typeof warningOf;
  readonly catchUp: typeof catchUp;
  readonly decide: typeof decide;
  readonly decideAfter: typeof decideAfter;
  readonly givesBackAt: typeof givesBackAt;
  readonly mustLook: typeof mustLook;
  readonly mustWait: typeof mustWait;
  readonly metABrake: typeof metABrake;
  readonly servesOn: typeof servesOn;
  readonly takeIn: typeof takeIn;
};
