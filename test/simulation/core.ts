import { ruleBreaker, breakerOf } from '../../src/domain/breaker.js';
import { newCaseFile } from '../../src/domain/case-file.js';
import { fallbackAfter, fallbackChangeOf } from '../../src/domain/fallback.js';
import { judge } from '../../src/domain/judge.js';
import { ruleOn } from '../../src/domain/orders.js';
import { classify, strongest } from '../../src/dispatcher/classify.js';
import { accessUnder } from '../../src/domain/restrictions.js';
import { applyChange } from '../../src/guard/change.js';
import { outcomeOf } from '../../src/guard/outcome.js';
import { tracksOf } from '../../src/guard/tracks.js';
import { isUndoneBy } from '../../src/guard/undo.js';
import { warningOf } from '../../src/guard/warning.js';
import {
  catchUp,
  decide,
  decideAfter,
  givesBackAt,
  mustLook,
  mustWait,
  servesOn,
  takeIn,
} from '../../workflows/life.js';
import { soundPorts, type Ports } from './ports.js';

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
  readonly applyChange: typeof applyChange;
  readonly outcomeOf: typeof outcomeOf;
  readonly tracksOf: typeof tracksOf;
  readonly isUndoneBy: typeof isUndoneBy;
  readonly warningOf: typeof warningOf;
  readonly catchUp: typeof catchUp;
  readonly decide: typeof decide;
  readonly decideAfter: typeof decideAfter;
  readonly givesBackAt: typeof givesBackAt;
  readonly mustLook: typeof mustLook;
  readonly mustWait: typeof mustWait;
  readonly servesOn: typeof servesOn;
  readonly takeIn: typeof takeIn;
};

export const soundCore: Core = {
  ...soundPorts,
  breakerOf,
  ruleBreaker,
  newCaseFile,
  fallbackAfter,
  fallbackChangeOf,
  judge,
  ruleOn,
  classify,
  strongest,
  accessUnder,
  applyChange,
  outcomeOf,
  tracksOf,
  isUndoneBy,
  warningOf,
  catchUp,
  decide,
  decideAfter,
  givesBackAt,
  mustLook,
  mustWait,
  servesOn,
  takeIn,
};
