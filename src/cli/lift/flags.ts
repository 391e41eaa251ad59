import { extname } from 'node:path';
import { durationMs } from '../../policy/duration.js';
import type { TakingFilter } from '../../db/queries/takings.js';
import type { Instant } from '../../domain/time.js';
import { readDate } from '../dates.js';
import { CommandFailure } from '../output.js';
import type { SignedFlags } from '../signature.js';

export type LiftFlags = SignedFlags & {
  readonly since: string;
  readonly until?: string;
  readonly policy?: string;
  readonly segment?: string;
  readonly step: string;
  readonly dryRun?: boolean;
  readonly perSecond: string;
  readonly wait: string;
  readonly run?: string;
  readonly out?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
};

export type PaceFlags = Pick<LiftFlags, 'perSecond' | 'wait' | 'run' | 'out'>;

const usage = (says: string) => new CommandFailure('usage', says);

/** Which takings the options mean; ends the command when they are wrong. */
export function readFilter({ since, until, policy, segment, step }: LiftFlags, now: Instant): TakingFilter {
  const from = readAgo('--since', since, now);
  const to = until === undefined ? now : readAgo('--until', until, now);
  if (to <= from) throw usage('--until is not after --since');
  return {
    since: new Date(from),
    until: new Date(to),
    steps: readSteps(step),
    ...(policy !== undefined && { policy }),
    ...(segment !== undefined && { segment }),
  };
}

/** A date, or how long ago. */
function readAgo(flag: string, text: string, now: Instant): Instant {
  const ago = durationMs.safeParse(text);
  return ago.success ? now - ago.data : Date.parse(readDate(flag, text));
}

const steps = ['limit', 'pause'] as const;

function readSteps(list: string): TakingFilter['steps'] {
  const words = list.split(',').map((word) => word.trim());
  const read = words.flatMap((word) => steps.filter((step) => step === word));
  if (read.length === words.length) return read;
  throw usage(
    `--step ${list}: of limit and pause, such as --step pause; what was deleted can't be given back`,
  );
}

// More would be a flood of probes on the platforms; of Stripe a lift asks nothing.
const mostPerSecond = 100;
const mostAtOnce = 50;

/** How fast, and where to; ends the command when something is wrong. */
export function readPace({ perSecond: text, wait, run, out }: PaceFlags) {
  const perSecond = Number(text);
  if (!(perSecond > 0 && perSecond <= mostPerSecond))
    throw usage(`--per-second ${text}: a number above 0, at most ${mostPerSecond}`);
  const waited = durationMs.safeParse(wait);
  if (!waited.success || waited.data === 0) throw usage(`--wait ${wait}: write a duration, such as 5m`);
  if (run !== undefined && !/^[\w-]{1,64}$/.test(run))
    throw usage(`--run ${run}: the id that the earlier run has printed`);
  if (out !== undefined && !['.csv', '.json'].includes(extname(out)))
    throw usage(`--out ${out}: a file that ends in .csv or .json`);
  return { perSecond, waitMs: waited.data, atOnce: mostAtOnce };
}
