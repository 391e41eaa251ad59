import type { CaseFile } from '../../src/domain/case-file.js';
import type { CaseId } from '../../src/domain/ids.js';
import type { Standing } from '../../src/domain/standing.js';
import type { Instant } from '../../src/domain/time.js';
import type { AuditLine, Ledger } from './ledger.js';
import type { Resource, Subject } from './world.js';

/** How a delivery ended before it was answered. `lost`: committed, and the word of it never came. */
export type Storing = 'committed' | 'known' | 'lost' | 'failed';

/** What stands in memory for the parts that live in a database or a cloud, as far as a mistake in them is of interest. */
export type Ports = {
  /** Whether an event is stored that has come before. */
  readonly isStoredAgain: boolean;
  /** The status that a delivery is answered with, which was accepted, or refused (`null`). */
  readonly answerTo: (storing: Storing | null) => number;
  readonly append: (audit: AuditLine[], line: AuditLine) => void;
  /** Whether the projection has the case as closed. */
  readonly isOver: (saved: CaseFile | null, caseId: CaseId) => boolean;
  readonly isNewest: (ledger: Ledger, fence: number) => boolean;
  /** The standing that an effect is judged on, of the one read for it and the one that the case knows. */
  readonly judgedOn: (fresh: Standing, known: Standing | null) => Standing;
  /** Whether an effect is settled already. */
  readonly isSettled: (settledAt: Instant | null) => boolean;
  /** What a platform lists of an account. */
  readonly find: (subject: Subject) => readonly Resource[];
  /** Whether the state of a resource is recorded once more that is recorded already. */
  readonly recordsAgain: boolean;
  readonly shutsOut: (state: 'accepted' | 'wrong_mode') => boolean;
};

const numberOf = (caseId: CaseId) => Number(caseId.split('.')[1]);

export const soundPorts: Ports = {
  isStoredAgain: false,
  answerTo: (storing) => {
    if (storing === null) return 400;
    return storing === 'committed' || storing === 'known' ? 200 : 500;
  },
  append: (audit, line) => void audit.push(line),
  // A case of which nothing was saved yet has not closed.
  isOver: (saved, caseId) =>
    saved !== null && (saved.id === caseId ? saved.closedAt !== null : numberOf(caseId) < numberOf(saved.id)),
  isNewest: (ledger, fence) => ledger.fence === fence,
  judgedOn: (fresh) => fresh,
  isSettled: (settledAt) => settledAt !== null,
  find: ({ resources }) => resources,
  recordsAgain: false,
  shutsOut: (state) => state === 'wrong_mode',
};
