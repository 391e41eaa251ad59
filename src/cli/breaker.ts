import { Command } from 'commander';
import { breakerKinds, mostOf, type BreakerKind } from '../domain/breaker.js';
import { listBreakers, type BreakerView } from '../db/queries/breakers.js';
import { keepCensus } from '../db/queries/census.js';
import { allowActs, releaseBreaker } from '../db/queries/switches.js';
import { readDeadline } from './dates.js';
import { breakersFromEnvironment, withDatabase } from './environment.js';
import { CommandFailure, fromNow, print, printJson, printTable } from './output.js';
import { signatureOf, type SignedFlags } from './signature.js';

/** `forbear breaker …`: what bounds how many are acted on. */
export function breakerCommand(): Command {
  const command = new Command('breaker').description('what bounds how many accounts are acted on at once');
  command
    .command('list')
    .description('every breaker: what it counted, what it allows, and why it tripped')
    .option('--json', 'one JSON record a line')
    .action(list);
  command
    .command('release')
    .description('let a tripped breaker go: those that it holds ask again, as canaries first')
    .argument('<kind>', breakerKinds.join(', '))
    .requiredOption('--reason <text>', 'why, for the audit log')
    .option('--by <name>', 'who; without it, as this machine calls you')
    .action(release);
  command
    .command('allow')
    .description('allow an exact number of acts on top of the limit, until then')
    .argument('<kind>', breakerKinds.join(', '))
    .argument('<count>', 'how many; 0 takes back what is left of an allowance')
    .requiredOption('--until <date>', 'until when, as 2026-12-01 or 2026-12-01T09:00:00Z')
    .requiredOption('--reason <text>', 'why, for the audit log')
    .option('--by <name>', 'who; without it, as this machine calls you')
    .action(allow);
  return command;
}

async function list({ json }: { readonly json?: boolean }): Promise<void> {
  const rules = breakersFromEnvironment();
  const views = await withDatabase(async (db) => {
    // Else an install in which nothing was to be done yet would show limits of zero.
    await keepCensus(db);
    return listBreakers(db);
  });
  if (json) return views.forEach(printJson);
  const now = new Date();
  printTable(
    ['breaker', 'last hour', 'last day', 'state'],
    views.map((view) => {
      const most = (span: 'hour' | 'day') =>
        mostOf(rules.bounds[view.kind][span], view.census, span, rules.tolerance);
      const counted = (span: 'hour' | 'day') => `${view[span]} of ${most(span)}`;
      return [view.kind, counted('hour'), counted('day'), stateOf(view, now)];
    }),
    'There is none.',
    { wraps: [3] },
  );
  const census = views[0]?.census;
  print(
    census === null || census === undefined
      ? 'Nobody has counted the billed accounts yet: until then each limit is zero.'
      : `${census.paying} accounts are billed; limits are measured against them.`,
  );
}

function stateOf(view: BreakerView, now: Date): string {
  if (view.trippedAt !== null)
    return `TRIPPED ${fromNow(view.trippedAt, now)} (${view.cause ?? 'by hand'}): ${view.detail ?? ''}\n→ forbear breaker release ${view.kind} --reason …`;
  const isAllowed = view.allowedUntil !== null && view.allowedUntil > now && view.allowance > 0;
  const allowed = isAllowed ? `, ${view.allowance} more allowed` : '';
  const released =
    view.releasedBy === null || view.countsFrom === null
      ? ''
      : `, released ${fromNow(view.countsFrom, now)} by ${view.releasedBy}`;
  return `closed${allowed}${released}`;
}

function kindOf(text: string): BreakerKind {
  const kind = breakerKinds.find((one) => one === text);
  if (kind !== undefined) return kind;
  throw new CommandFailure('usage', `${text}: no breaker; there are ${breakerKinds.join(', ')}`);
}

async function release(text: string, flags: SignedFlags): Promise<void> {
  const [kind, signed] = [kindOf(text), signatureOf(flags)];
  const wasTripped = await withDatabase((db) => releaseBreaker(db, kind, signed));
  if (!wasTripped) throw new CommandFailure('refused', `the breaker of ${kind} has not tripped`);
  print(
    `The breaker of ${kind} is released: it counts from now on, and the cases that it held are told by forbear serve.`,
  );
}

async function allow(
  text: string,
  count: string,
  flags: SignedFlags & { readonly until: string },
): Promise<void> {
  const kind = kindOf(text);
  if (!/^\d{1,6}$/.test(count)) throw new CommandFailure('usage', `${count}: must be a whole number`);
  const until = new Date(readDeadline('--until', flags.until));
  if (until <= new Date())
    throw new CommandFailure('usage', `--until ${flags.until}: must lie in the future`);
  await withDatabase((db) => allowActs(db, kind, { ...signatureOf(flags), count: Number(count), until }));
  print(`${count} more of ${kind} are allowed until ${until.toISOString()}, beyond the limit.`);
}
