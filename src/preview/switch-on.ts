import { DAY_MS, type Instant } from '../domain/time.js';
import { lifeFrom, type PreviewEvent } from './life.js';
import { debtsOf, wasActedOn, type TrialCase } from './trial.js';

/** What enforcing from now on would do first. */
export type SwitchedOn = {
  /** Open cases that were only observed. */
  readonly open: number;
  /** Of these: those that go on waiting, because a payment is on its way or something of their standing is in doubt. */
  readonly waiting: number;
  /** Within the first day: how many are written to, limited, paused, and restricted as a person has ordered it. */
  readonly firstDay: {
    readonly notices: number;
    readonly limits: number;
    readonly pauses: number;
    readonly restrictions: number;
  };
  readonly firstPauseAt: Instant | null;
  /** How many would be paused without a notice that named the day, as a policy may say. */
  readonly pausedUntold: number;
};

const lookAheadMs = 400 * DAY_MS;

/** Lives every open case on from where it stands, as if Forbear enforced from `now` on. Pure. */
export function switchedOn(trials: readonly TrialCase[], now: Instant): SwitchedOn {
  const open = trials.filter(({ file }) => file.closedAt === null && !wasActedOn(file));
  const going = open.filter(({ file }) => file.hold === null || file.hold.of !== null);
  const lives = going.map((trial) => goOn(trial, now));
  const within = (step: PreviewEvent['step']) =>
    lives.filter((life) => life.some((event) => event.step === step && event.at < now + DAY_MS)).length;
  const pauses = lives.flatMap((life) => life.find(({ step }) => step === 'pause')?.at ?? []);
  return {
    open: open.length,
    waiting: open.length - going.length,
    firstDay: {
      notices: within('remind'),
      limits: within('limit'),
      pauses: within('pause'),
      restrictions: within('restrict'),
    },
    firstPauseAt: pauses.length === 0 ? null : Math.min(...pauses),
    pausedUntold: lives.filter(isPausedUntold).length,
  };
}

/** What the guard held is looked at anew. */
function goOn(trial: TrialCase, now: Instant): PreviewEvent[] {
  const { file, policy } = trial;
  const manual = file.manual === null ? null : { ...file.manual, retryAt: null };
  const owed = debtsOf(trial, now).filter(({ paidAt }) => (paidAt ?? Infinity) > now);
  return lifeFrom({ ...file, manual, hold: null }, policy, owed, { from: now, until: now + lookAheadMs });
}

function isPausedUntold(life: readonly PreviewEvent[]): boolean {
  const pause = life.findIndex(({ step }) => step === 'pause');
  const isTelling = ({ promises }: PreviewEvent) => promises.some(({ step }) => step === 'pause');
  return pause >= 0 && !life.slice(0, pause).some(isTelling);
}
