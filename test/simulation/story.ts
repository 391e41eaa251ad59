import { createHash } from 'node:crypto';
import type { Act } from '../../src/domain/effect.js';
import { formatInstant, type Instant } from '../../src/domain/time.js';
import { invariantNames, type Violation } from './findings.js';
import { promisesIn } from './ledger.js';
import type { Mark, Subject, World } from './world.js';

const moment = (at: Instant) => formatInstant(Math.round(at), true);

function actOf(act: Act | null): string {
  if (act === null) return 'nothing';
  const about = 'topic' in act ? ` ${act.topic}` : 'leaves' in act ? ` leaving ${act.leaves}` : '';
  const dates = promisesIn(act).map(({ step, at }) => ` ${step} on ${moment(at)}`);
  return `${act.step} ${act.round}${about}${dates.join()}`;
}

export function lineOf(mark: Mark): string {
  switch (mark.kind) {
    case 'look': {
      const { after, act, spoilt } = mark;
      const hold = after.hold === null ? '' : `, holds for ${after.hold.reason}`;
      return `looks${spoilt === null ? '' : ` (${spoilt})`}: ${actOf(act)}; ${after.id} ${after.stage}, rung ${after.rung}${hold}`;
    }
    case 'claim': {
      const { act, ruling, reason, isFirst, isGhost, caseId, breaker } = mark;
      const how = `${isFirst ? ' first' : ''}${isGhost ? ' by a ghost' : ''}${breaker === null ? '' : `, breaker: ${breaker}`}`;
      return `claims ${actOf(act)} of ${caseId}: ${ruling}${reason === null ? '' : ` ${reason}`}${how}`;
    }
    case 'call':
      return `calls ${mark.what} of ${mark.resource.name} under ${mark.fence}`;
    case 'mail':
      return `mails ${actOf(mark.act)}`;
    case 'settle':
      return `settles ${actOf(mark.act)}: ${mark.outcome.status}`;
    case 'order':
      return `takes ${mark.request.kind} ${mark.request.id}${mark.refusal === null ? '' : `, refused: ${mark.refusal}`}`;
    case 'found':
      return `${mark.what}: ${mark.text}`;
  }
}

/** All that was seen of an account, a line each. */
export const storyOf = ({ marks }: Subject): string[] =>
  marks.map((mark) => `${moment(mark.at)}  ${lineOf(mark)}`);

/** What was true of an account, whatever was seen of it. */
export function truthOf({ truth, policy, index }: Subject): string[] {
  const end = (at: Instant) => (Number.isFinite(at) ? moment(at) : 'never');
  return [
    `account ${index}, policy ${policy.name}`,
    ...truth.debts.map(
      (d) => `owes ${d.amountMinor} from ${moment(d.overdueAt)}, pays: ${end(d.paidAt)} (${d.id})`,
    ),
    ...(truth.ended === null ? [] : [`without subscription from ${moment(truth.ended.from)}`]),
  ];
}

/** A hash of everything that was seen in a world: the same seed has the same for ever. */
export function digestOf({ subjects, seed }: World): string {
  const hash = createHash('sha256').update(String(seed));
  for (const subject of subjects) for (const line of storyOf(subject)) hash.update(line);
  return hash.digest('hex');
}

export const replayCommand = (seed: number, account: number | null, accounts: number): string =>
  `npm run simulate -- --seed ${seed} --accounts ${accounts}${account === null ? '' : ` --account ${account}`}`;

const shownBefore = 8;

/** A violation as it is told: what, where, what came before it, and how to see it again. */
export function tell(world: World, { invariant, account, at, text }: Violation): string {
  const subject = account === null ? undefined : world.subjects[account];
  const before =
    subject === undefined ? [] : storyOf({ ...subject, marks: subject.marks.filter((m) => m.at <= at) });
  return [
    `${invariant} ${invariantNames[invariant]}`,
    `  seed ${world.seed}, account ${account ?? '(the fleet)'}, ${moment(at)}: ${text}`,
    ...(subject === undefined ? [] : truthOf(subject)).map((line) => `  | ${line}`),
    ...before.slice(-shownBefore).map((line) => `  | ${line}`),
    `  ${replayCommand(world.seed, account, world.subjects.length)}`,
  ].join('\n');
}
