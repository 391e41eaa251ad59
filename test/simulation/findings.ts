import type { Act, TakingStep } from '../../src/domain/effect.js';
import type { Instant } from '../../src/domain/time.js';
import type { Settled } from './model.js';
import type { Mark, Subject, World } from './world.js';

export const invariantNames = {
  I1: 'no effect for non-payment is claimed on an account not delinquent at the read, or more than 60 s after it',
  I2: 'nobody paid is paused after the payment is visible',
  I3: 'the decision depends on the truth, not on event order, doubling or loss',
  I4: 'each step’s notice was delivered with its lead time',
  I5: 'steps are never skipped, dwell counts from execution',
  I6: 'one effect per key',
  I7: 'effects and audit one to one, no gaps',
  I8: 'breaker limits hold under any interleaving',
  I9: 'unknown means hold',
  I10: 'no effect under freeze, exemption, extension',
  I11: 'approvals valid, once',
  I12: 'lifting never blocked',
  I13: '2xx means durable',
  I14: 'rejected means no state',
  I15: 'protected principals untouched',
  I16: 'reasons stack; lifting one leaves the others',
  I17: 'converged within one sweep, paid-but-restricted within 15 minutes',
  I18: 'nothing committed stays unprocessed',
  I19: 'no delinquent account is forgotten',
  I20: 'observe and enforce decide alike',
} as const;
export type InvariantName = keyof typeof invariantNames;

/** Something that must not be. `account` is `null` where it concerns the whole fleet. */
export type Violation = {
  readonly invariant: InvariantName;
  readonly account: number | null;
  readonly at: Instant;
  readonly text: string;
};

type Of<Kind extends Mark['kind']> = Extract<Mark, { kind: Kind }>;
export type ClaimMark = Of<'claim'>;
export type LookMark = Of<'look'>;

/** What was seen of one account, sorted by kind. */
export type Lived = {
  readonly subject: Subject;
  readonly world: World;
  readonly looks: readonly LookMark[];
  readonly claims: readonly ClaimMark[];
  readonly granted: readonly ClaimMark[];
  readonly calls: readonly Of<'call'>[];
  readonly mails: readonly Of<'mail'>[];
  readonly settles: readonly Of<'settle'>[];
  readonly settled: readonly Settled[];
  readonly found: readonly Of<'found'>[];
  readonly report: (invariant: InvariantName, at: Instant, text: string) => void;
};

export function livedBy(world: World, subject: Subject, violations: Violation[]): Lived {
  const [looks, claims, granted, calls, mails, settles, settled, found]: [
    LookMark[],
    ClaimMark[],
    ClaimMark[],
    Of<'call'>[],
    Of<'mail'>[],
    Of<'settle'>[],
    Settled[],
    Of<'found'>[],
  ] = [[], [], [], [], [], [], [], []];
  for (const mark of subject.marks) {
    switch (mark.kind) {
      case 'look':
        looks.push(mark);
        break;
      case 'claim':
        claims.push(mark);
        if (mark.ruling === 'grant') granted.push(mark);
        break;
      case 'call':
        calls.push(mark);
        break;
      case 'mail':
        mails.push(mark);
        break;
      case 'settle':
        settles.push(mark);
        break;
      case 'order':
        // Whoever clicked twice has ordered once.
        if (mark.refusal === null && !settled.some(({ request }) => request.id === mark.request.id))
          settled.push({ at: mark.at, request: mark.request, caseId: mark.file.id });
        break;
      case 'found':
        found.push(mark);
    }
  }
  const report = (invariant: InvariantName, at: Instant, text: string) =>
    void violations.push({ invariant, account: subject.index, at, text });
  return { subject, world, looks, claims, granted, calls, mails, settles, settled, found, report };
}

export const takingOf = ({ step }: Act): TakingStep | null =>
  step === 'limit' || step === 'pause' || step === 'decommission' ? step : null;

/** What is done because something is owed. */
export const isForDebt = ({ step }: Act): boolean =>
  step === 'remind' ||
  step === 'limit' ||
  step === 'pause' ||
  step === 'ask' ||
  step === 'decommission' ||
  step === 'retry';

export const nameOf = (caseId: string, { step, round }: Act): string => `${caseId}/${step}/${round}`;
