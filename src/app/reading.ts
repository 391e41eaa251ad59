import type { AccessAnswer } from './contract.js';
import type { ForbearError } from './errors.js';

/** What happens to people while nobody knows what they may: let them in, or keep them out. */
export type WhenUnknown = 'open' | 'closed';

/** What an app knows at the moment of an account's access. */
export type Reading =
  | {
      readonly isKnown: true;
      readonly answer: AccessAnswer;
      /** Forbear doesn't answer: this is what it said last, at most `staleMs` ago. */
      readonly isStale: boolean;
    }
  | {
      readonly isKnown: false;
      /** What the operator chose for this. */
      readonly then: WhenUnknown;
      readonly error: ForbearError;
    };
