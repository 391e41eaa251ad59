import type { BreakerKind } from '../../src/domain/breaker.js';
import type { CaseFile, Stage } from '../../src/domain/case-file.js';
import type { Act, HoldReason, Outcome } from '../../src/domain/effect.js';
import type { AccountId, CaseId } from '../../src/domain/ids.js';
import type { EnforcementMode } from '../../src/domain/judge.js';
import type { OrderRequest } from '../../src/domain/orders.js';
import type { Policy } from '../../src/domain/policy.js';
import type { Restriction } from '../../src/domain/restrictions.js';
import type { Standing } from '../../src/domain/standing.js';
import type { Instant } from '../../src/domain/time.js';
import type { Life } from '../../workflows/life.js';
import type { Sight } from '../../workflows/look.js';
import type { Message } from '../../workflows/mailbox.js';
import type { Agenda } from './agenda.js';
import type { BreakerBook } from './breaker-book.js';
import type { Core } from './core.js';
import type { Faults } from './faults.js';
import type { Ledger } from './ledger.js';
import type { Wish } from './lives.js';
import type { Dice } from './random.js';
import type { Reading } from './reading.js';
import type { Spoilt, Truth } from './truth.js';

/** Something that runs for an account. */
export type Resource = {
  readonly name: string;
  readonly owner: number;
  /** Forbear's own, which no act may ever touch. */
  readonly isProtected: boolean;
  readonly sizeBefore: number;
  size: number;
  isLocked: boolean;
  isGone: boolean;
  /** What was recorded before it was touched. */
  kept: number | null;
};

/** What Stripe raises when something happens to an account. */
export type RaisedEvent = {
  readonly id: number;
  readonly type: string;
  readonly subject: Subject;
  readonly livemode: boolean;
};

export type Row = {
  readonly event: RaisedEvent;
  state: 'pending' | 'dispatched' | 'settled' | 'ignored';
};

/** One try of an act. A ghost is the try of a worker that everybody believes dead. */
export type Attempt = {
  readonly act: Act;
  readonly file: CaseFile;
  readonly isGhost: boolean;
  tries: number;
  stage: 'read' | 'claim' | 'calls' | 'tell' | 'settle';
  standing: Standing | null;
  /** When it was truly read, and how old its data was then. */
  readTrulyAt: Instant;
  asOf: Instant;
  spoilt: Spoilt;
  fence: number;
  cursor: number;
  untold: boolean;
  caveat: string | null;
};

/** A run of the workflow. */
export type Run = {
  life: Life | null;
  isKnown: boolean;
  seen: Sight | null;
  mustRead: boolean;
  acting: Attempt | null;
  token: number;
  clock: Instant;
  reading: Reading | null;
  lookTries: number;
  stillTurns: number;
  turnedAt: Instant;
};

/** What was seen of an account, in the order in which it happened; invariants are judged by these. Times are true ones. */
export type Mark =
  | {
      readonly kind: 'look';
      readonly at: Instant;
      readonly clock: Instant;
      readonly asOf: Instant;
      readonly spoilt: Spoilt;
      readonly before: CaseFile;
      readonly after: CaseFile;
      readonly act: Act | null;
    }
  | {
      readonly kind: 'claim';
      readonly at: Instant;
      readonly readAt: Instant;
      readonly stampedAt: Instant | null;
      readonly asOf: Instant;
      readonly spoilt: Spoilt;
      readonly caseId: CaseId;
      readonly anchorAt: Instant | null;
      readonly shiftMs: number;
      readonly act: Act;
      readonly ruling: 'grant' | 'hold' | 'void';
      readonly reason: HoldReason | null;
      readonly breaker: 'pass' | 'wait' | 'open' | 'trip' | null;
      readonly isFirst: boolean;
      readonly isGhost: boolean;
      readonly before: readonly Restriction[];
      readonly after: readonly Restriction[];
    }
  | {
      readonly kind: 'call';
      readonly at: Instant;
      readonly what: 'lock' | 'off' | 'back' | 'delete';
      readonly resource: Resource;
      readonly fence: number;
      readonly newest: number;
    }
  | {
      readonly kind: 'mail';
      readonly at: Instant;
      readonly act: Act;
      readonly caseId: CaseId;
      readonly isSettled: boolean;
    }
  | {
      readonly kind: 'settle';
      readonly at: Instant;
      readonly act: Act;
      readonly caseId: CaseId;
      readonly outcome: Outcome;
    }
  | {
      readonly kind: 'order';
      readonly at: Instant;
      readonly request: OrderRequest;
      readonly refusal: string | null;
      readonly file: CaseFile;
    }
  | {
      readonly kind: 'found';
      readonly at: Instant;
      readonly what: 'livelock' | 'unequal' | 'unheard';
      readonly text: string;
    };

/** One account, with all that anybody keeps of it. */
export type Subject = {
  readonly index: number;
  readonly id: AccountId;
  readonly policy: Policy;
  readonly truth: Truth;
  readonly country: string;
  readonly resources: readonly Resource[];
  readonly ledger: Ledger;
  readonly marks: Mark[];
  readonly pending: Row[];
  readonly mailbox: Message[];
  saved: CaseFile | null;
  run: Run | null;
  caseCount: number;
  dispatchAt: Instant;
  signalledAt: Instant;
  isCollectionOver: boolean;
  known: Standing | null;
  readonly stages: Set<Stage>;
};

export type Entry =
  | { readonly kind: 'deliver'; readonly event: RaisedEvent; readonly tries: number }
  | { readonly kind: 'forge'; readonly subject: Subject }
  | { readonly kind: 'fetch'; readonly event: RaisedEvent }
  | { readonly kind: 'dispatch'; readonly subject: Subject }
  | { readonly kind: 'wake'; readonly subject: Subject; readonly token: number }
  | { readonly kind: 'act'; readonly subject: Subject; readonly attempt: Attempt }
  | { readonly kind: 'wish'; readonly subject: Subject; readonly wish: Wish }
  | { readonly kind: 'audit'; readonly subject: Subject; readonly everyMs: number }
  | { readonly kind: 'revive'; readonly subject: Subject }
  | { readonly kind: 'release'; readonly breaker: BreakerKind };

/** What the intake did with deliveries. */
export type IntakeLog = {
  readonly rows: Map<number, Row[]>;
  readonly acknowledged: Set<number>;
  /** Of what was refused, what was answered with a 2xx, or left a row. */
  refusedBadly: number;
  refused: number;
  sampled: number;
  readonly findings: string[];
};

export type World = {
  readonly seed: number;
  readonly core: Core;
  readonly mode: EnforcementMode;
  readonly dice: Dice;
  readonly faults: Faults;
  readonly startAt: Instant;
  readonly endAt: Instant;
  readonly subjects: Subject[];
  readonly agenda: Agenda<Entry>;
  readonly intake: IntakeLog;
  readonly breakers: BreakerBook;
  now: Instant;
  eventCount: number;
  orderCount: number;
};

export const isUnwell = ({ now, faults }: World): boolean => now < faults.healAt;

/** Whether a fault of this rate comes now. */
export const strikes = (world: World, rate: number): boolean => isUnwell(world) && world.dice.chance(rate);
