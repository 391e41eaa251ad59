import { userInfo } from 'node:os';
import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { Command, Option } from 'commander';
import {
  extendGraceUpdate,
  workflowIdOf,
  type GraceAnswer,
  type GraceInput,
} from '../../workflows/messages.js';
import { listCases, newestCase, type CaseRow } from '../db/queries/cases.js';
import { formatInstant } from '../domain/time.js';
import { formatSums } from '../domain/money.js';
import { mustFind } from './account.js';
import { withDatabase, withTemporal } from './environment.js';
import { CommandFailure, fromNow, print, printJson, printTable } from './output.js';

/** `forbear case list|show|extend`. */
export function caseCommand(): Command {
  const command = new Command('case').description('accounts in trouble: why, and what comes next');
  command
    .command('list')
    .description('open cases, the nearest step first')
    .option('--all', 'closed ones, too')
    .addOption(
      new Option('--stage <stage>', 'only those in this stage').choices([
        'watching',
        'reminded',
        'paused',
        'recovered',
        'closed',
      ]),
    )
    .option('--json', 'one JSON record a line')
    .action(list);
  command
    .command('show <account>')
    .description("an account's newest case, by the account's ref, our id or a Stripe customer")
    .option('--json', 'for programs')
    .action(show);
  command
    .command('extend <account>')
    .description('give more time: every step that is still to come moves')
    .option('--days <days>', 'by this many days')
    .option('--until <date>', 'so that the next step happens then, such as 2026-12-01T09:00:00Z')
    .requiredOption('--reason <reason>', 'why; it stands in the case')
    .option('--by <name>', 'who (default: you)')
    .option('--json', 'for programs')
    .action(extend);
  return command;
}

const mostListed = 500;

async function list(flags: { all?: boolean; stage?: string; json?: boolean }): Promise<void> {
  const filter = {
    limit: mostListed,
    closed: flags.all ?? false,
    ...(flags.stage !== undefined && { stage: flags.stage }),
  };
  const cases = await withDatabase((db) => listCases(db, filter));
  if (flags.json) {
    cases.forEach(printJson);
    return;
  }
  const now = new Date();
  const rows = cases.map((c) => [
    c.ref,
    c.name,
    c.stage,
    c.reason,
    c.owed,
    nextOf(c, now),
    fromNow(c.openedAt, now),
  ]);
  printTable(
    ['ref', 'name', 'stage', 'why', 'owed', 'next', 'opened'],
    rows,
    'No such case: nobody is in trouble.',
  );
  if (cases.length === mostListed) print(`Only the first ${mostListed} are shown.`);
}

function nextOf({ nextStep, nextAt, closedAt }: CaseRow, now: Date): string {
  if (closedAt !== null) return `closed ${fromNow(closedAt, now)}`;
  return nextStep === null || nextAt === null ? 'waits for a payment' : `${nextStep} ${fromNow(nextAt, now)}`;
}

async function show(word: string, flags: { json?: boolean }): Promise<void> {
  const { account, found } = await withDatabase(async (db) => {
    const of = await mustFind(db, word);
    return { account: of, found: await newestCase(db, of.id) };
  });
  if (found === null) throw new CommandFailure('notFound', `account ${account.ref} never had a case`);
  if (flags.json) {
    printJson({ ...found, account });
    return;
  }
  const { file, nextStep, nextAt } = found;
  const at = (instant: number | null) => (instant === null ? '–' : formatInstant(instant, true));
  printTable(
    ['case', file.id],
    [
      ['of', `${account.ref} (${account.name})`],
      ['stage', file.stage],
      ['owed', `${formatSums(file.owed)}, overdue since ${at(file.anchorAt)}`],
      [
        'next',
        nextStep === null || nextAt === null
          ? 'nothing is planned'
          : `${nextStep} on ${at(nextAt.getTime())} unless paid`,
      ],
      ['held', file.hold === null ? 'no' : `${file.hold.reason}; asked again ${at(file.hold.until)}`],
      ['told', file.promise === null ? '–' : `pause not before ${at(file.promise.at)}`],
      [
        'access',
        `${account.access} (${account.restrictions.map((r) => r.reason).join(', ') || 'no restriction'})`,
      ],
      ['opened', at(file.openedAt)],
      ['closed', at(file.closedAt)],
      ['workflow', workflowIdOf(account.id)],
    ],
    '',
  );
  for (const remark of file.remarks) print(`${at(remark.at)}  ${remark.text}`);
}

type ExtendFlags = { days?: string; until?: string; reason: string; by?: string; json?: boolean };

// People wait for the answer; without a worker there is none, and the update is lost.
const answerWithinMs = 15_000;

async function extend(word: string, flags: ExtendFlags): Promise<void> {
  const input = graceInput(flags);
  const account = await withDatabase((db) => mustFind(db, word));
  const answer = await withTemporal(async (client) => {
    const handle = client.workflow.getHandle(workflowIdOf(account.id));
    const update = () => handle.executeUpdate(extendGraceUpdate, { args: [input] });
    return client.connection
      .withDeadline(Date.now() + answerWithinMs, update)
      .catch((error: unknown) => refused(account.ref, error));
  });
  if (flags.json) printJson(answer);
  else
    print(
      `Grace extended. ${answer.nextStep === null ? 'Nothing is planned.' : `Next: ${answer.nextStep} on ${answer.nextAt}.`}`,
    );
}

function graceInput({ days, until, reason, by }: ExtendFlags): GraceInput {
  if ((days === undefined) === (until === undefined))
    throw new CommandFailure('usage', 'give either --days or --until');
  if (days !== undefined && !(Number(days) > 0))
    throw new CommandFailure('usage', `--days ${days}: must be a number above 0`);
  if (until !== undefined && Number.isNaN(Date.parse(until))) {
    throw new CommandFailure('usage', `--until ${until}: not a date; write it as 2026-12-01T09:00:00Z`);
  }
  return {
    reason,
    by: by ?? userInfo().username,
    ...(days !== undefined && { days: Number(days) }),
    ...(until !== undefined && { until }),
  };
}

function refused(ref: string, error: unknown): GraceAnswer {
  if (error instanceof WorkflowNotFoundError)
    throw new CommandFailure('notFound', `account ${ref} has no open case: there is nothing to extend`);
  if (error instanceof WorkflowUpdateFailedError)
    throw new CommandFailure('refused', `refused: ${error.cause?.message ?? error.message}`);
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
    throw new CommandFailure(
      'failed',
      'no answer within 15 s: either no worker runs, or the case is in the middle of an act and takes it up after that. See `forbear case show` before you try again',
    );
  }
  throw error;
}
