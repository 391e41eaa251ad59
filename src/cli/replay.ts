import { Command } from 'commander';
import { readIntakeConfig, type IntakeConfig } from '../config.js';
import { countDead, reviveDead } from '../db/queries/intake.js';
import { SECOND_MS, type Instant } from '../domain/time.js';
import type { EventFilter, Listing } from '../ports/events.js';
import { readDate } from './dates.js';
import { operatorEnvironment, withDatabase } from './environment.js';
import { CommandFailure, print, printJson } from './output.js';
import { linesOf } from './replay/counts.js';
import { createProgress } from './replay/progress.js';
import { replayEvents, replaySpan, type Replay, type Replayed } from './replay/take.js';
import { fieldsOnUnread, wordsOnUnread } from './replay/unread.js';
import { repeatable } from './repeatable.js';

type Flags = {
  readonly since?: string;
  readonly until?: string;
  readonly type: readonly string[];
  readonly undelivered?: boolean;
  readonly again?: boolean;
  readonly dead?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
};

/** `forbear replay`. */
export function replayCommand(): Command {
  return new Command('replay')
    .argument('[events...]', 'ids of events (evt_…)')
    .description('fetch events from Stripe, which keeps them for 30 days, and take in what is missing here')
    .option('--since <date>', 'everything created from then on, such as 2026-11-01T00:00:00Z')
    .option('--until <date>', 'nothing created at that instant or later')
    .addOption(repeatable('--type <type>', 'only these types of event'))
    .option('--undelivered', 'only what Stripe could not deliver')
    .option('--again', 'dispatch once more what is here already')
    .option('--dead', 'dispatch once more what failed too often here; asks Stripe for nothing')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      '\nCan be repeated: an event counts once. Exit code 3 when Stripe has no event of an id, 1 when one can’t be read.',
    )
    .action(replay);
}

async function replay(ids: readonly string[], flags: Flags): Promise<void> {
  checkUsage(ids, flags);
  if (flags.dead) return reviveAll(flags);
  const config = readIntakeConfig(operatorEnvironment());
  const { eventsOf } = await import('../wiring-intake.js');
  await withDatabase((db) => {
    const { dryRun = false, again = false } = flags;
    const work: Replay = { db, events: eventsOf(config.stripe), ours: oursOf(config), dryRun, again };
    return ids.length > 0 ? replayIds(work, ids, flags) : replaySince(work, flags);
  });
}

const oursOf = ({ stripe, stripeAccount }: IntakeConfig) => ({
  livemode: stripe.livemode,
  account: stripeAccount,
});

function checkUsage(ids: readonly string[], { since, until, type, undelivered, again, dead }: Flags): void {
  const usage = (says: string) => new CommandFailure('usage', says);
  const bySpan = since !== undefined || until !== undefined || type.length > 0 || undelivered === true;
  if (dead && (ids.length > 0 || bySpan || again))
    throw usage('--dead goes alone: it asks Stripe for nothing');
  if (ids.length > 0 && bySpan)
    throw usage('name events, or a time with --since: of an event that is named all is said');
  if (!dead && ids.length === 0 && since === undefined)
    throw usage('name events (evt_…), or say from when on with --since 2026-11-01T00:00:00Z');
  const odd = ids.find((id) => !/^evt_[A-Za-z0-9_]{1,80}$/.test(id));
  if (odd !== undefined) throw usage(`${odd} is no id of an event: it begins with evt_`);
}

async function replayIds(work: Replay, ids: readonly string[], flags: Flags): Promise<void> {
  const found: Listing[] = [];
  const missing: string[] = [];
  for (const id of new Set(ids)) {
    const listed = await work.events.read(id);
    if (listed === null) missing.push(id);
    else found.push(listed);
  }
  const replayed = await replayEvents(work, found);
  tell(replayed, flags, { missing });
  const unread = wordsOnUnread(replayed);
  if (missing.length === 0) return failOf('failed', [unread]);
  const none = `Stripe has no event ${missing.join(', ')}, of our mode and of the last 30 days. Of what is older only the objects tell: \`forbear case recheck <account>\` looks at them now`;
  failOf('notFound', [none, unread]);
}

/** Fails with all that there is to say; with nothing, it doesn't. */
function failOf(code: 'failed' | 'notFound', says: readonly (string | null)[]): void {
  const words = says.filter((one) => one !== null);
  if (words.length > 0) throw new CommandFailure(code, words.join('\n'));
}

async function replaySince(work: Replay, flags: Flags): Promise<void> {
  const filter = filterOf(flags);
  const { since, until = Date.now() } = filter;
  if (filter.until !== undefined && until <= since)
    throw new CommandFailure('usage', '--until is not after --since');
  const progress = createProgress({ since, until }, process.stderr);
  const types = flags.type.length === 0 ? null : flags.type;
  const span = { filter, types, reached: progress.reached };
  const outcome = await replaySpan(work, span).finally(progress.end);
  const { cutShort } = outcome;
  // What was created in the second that was reached may not be whole.
  const resumeAt = cutShort === null ? null : (cutShort.oldest ?? until) + SECOND_MS;
  tell(outcome, flags, {
    since: iso(since),
    until: iso(until),
    ...(resumeAt !== null && { resumeAt: iso(resumeAt) }),
  });
  const unread = wordsOnUnread(outcome);
  if (cutShort === null || resumeAt === null) return failOf('failed', [unread]);
  const { error, oldest } = cutShort;
  const done =
    oldest === null
      ? 'nothing was taken in yet: give the same command again'
      : `everything created since ${iso(resumeAt)} is done; go on with \`${continuationOf(flags, resumeAt)}\``;
  failOf('failed', [`${error.message}: ${done}`, unread]);
}

const iso = (at: Instant) => new Date(at).toISOString().replace('.000Z', 'Z');

function filterOf({ since = '', until, undelivered }: Flags): EventFilter {
  return {
    since: Date.parse(readDate('--since', since)),
    ...(until !== undefined && { until: Date.parse(readDate('--until', until)) }),
    ...(undelivered && { undelivered }),
  };
}

/** The same command for the rest of its span. */
function continuationOf({ since, type, undelivered, again, dryRun, json }: Flags, until: Instant): string {
  return [
    'forbear replay',
    `--since ${since}`,
    `--until ${iso(until)}`,
    ...type.map((one) => `--type ${one}`),
    ...(undelivered ? ['--undelivered'] : []),
    ...(again ? ['--again'] : []),
    ...(dryRun ? ['--dry-run'] : []),
    ...(json ? ['--json'] : []),
  ].join(' ');
}

function tell({ counts, unreadable }: Replayed, flags: Flags, more: Readonly<Record<string, unknown>>): void {
  const { dryRun = false, again = false } = flags;
  if (flags.json) printJson({ ...counts, dryRun, ...more, ...fieldsOnUnread(unreadable) });
  else linesOf(counts, { dryRun, again }).forEach(print);
}

async function reviveAll({ dryRun = false, json }: Flags): Promise<void> {
  const events = await withDatabase((db) => (dryRun ? countDead(db) : reviveDead(db)));
  if (json) return printJson({ dead: events, dryRun });
  if (events === 0) return print('No event waits for a person.');
  const what = events === 1 ? '1 event that failed too often' : `${events} events that failed too often`;
  print(dryRun ? `${what} would be dispatched once more.` : `${what}: to be dispatched once more.`);
}
