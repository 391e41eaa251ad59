import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import type { Db } from '../../db/client.js';
import { readPolicy } from '../../db/queries/policies.js';
import { casesWithin } from '../../db/queries/trials.js';
import type { PolicyVersion } from '../../domain/ids.js';
import type { Policy } from '../../domain/policy.js';
import type { Instant } from '../../domain/time.js';
import { durationMs } from '../../policy/duration.js';
import { switchedOn, type SwitchedOn } from '../../preview/switch-on.js';
import { totalsOf, type Totals } from '../../preview/totals.js';
import { compare, type Comparison, type LeftOut, type TrialCase } from '../../preview/trial.js';
import { readDate } from '../dates.js';
import { withDatabase } from '../environment.js';
import { CommandFailure, printJson } from '../output.js';
import { csvOf } from './csv.js';
import { printReport } from './shown.js';

type Flags = {
  readonly since: string;
  readonly until?: string;
  readonly json?: boolean;
  readonly csv?: string;
};

/** A trial, compared with what people did in that time. */
export type Report = {
  readonly since: Instant;
  readonly until: Instant;
  readonly totals: Totals;
  readonly leftOut: Readonly<Record<LeftOut, number>>;
  readonly switchedOn: SwitchedOn;
  readonly cases: readonly Comparison[];
};

/** `forbear observe report`. */
export function reportCommand(): Command {
  return new Command('report')
    .description('case by case, what would have been done, against what payers and people did')
    .option('--since <when>', 'cases that were open since then: a date, or how long ago, as 30d', '90d')
    .option('--until <when>', 'cases that were open until then (default: now)')
    .option('--csv <file>', 'write every case into a file, too')
    .option('--json', 'for programs')
    .action(report);
}

async function report(flags: Flags): Promise<void> {
  const now = Date.now();
  const since = readWhen('--since', flags.since, now);
  const until = flags.until === undefined ? now : readWhen('--until', flags.until, now);
  if (since >= until) throw new CommandFailure('usage', '--since must lie before --until');
  const made = await withDatabase((db) => reportOn(db, { since, until, now }));
  if (flags.csv !== undefined) writeCsv(flags.csv, made);
  if (flags.json) printJson(withDates(made));
  else printReport(made);
}

/** A date, or a duration that ends now. */
function readWhen(flag: string, text: string, now: Instant): Instant {
  const span = durationMs.safeParse(text);
  return span.success ? now - span.data : Date.parse(readDate(flag, text));
}

async function reportOn(
  db: Db,
  { since, until, now }: { readonly since: Instant; readonly until: Instant; readonly now: Instant },
): Promise<Report> {
  const policies = new Map<PolicyVersion, Policy>();
  const trials: TrialCase[] = [];
  for await (const kept of casesWithin(db, { since: new Date(since), until: new Date(until) })) {
    const { policyVersion } = kept.file;
    const policy = policies.get(policyVersion) ?? (await readPolicy(db, policyVersion));
    policies.set(policyVersion, policy);
    trials.push({ ...kept, policy });
  }
  const results = trials.map((trial) => compare(trial, now));
  const cases = results.flatMap((one) => (typeof one === 'string' ? [] : [one]));
  const count = (why: LeftOut) => results.filter((one) => one === why).length;
  return {
    since,
    until,
    totals: totalsOf(cases),
    leftOut: { acted_on: count('acted_on'), no_debt_known: count('no_debt_known') },
    switchedOn: switchedOn(trials, now),
    cases,
  };
}

function writeCsv(path: string, { cases }: Report): void {
  try {
    writeFileSync(path, csvOf(cases));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFailure('failed', `--csv ${path} can't be written: ${why}`);
  }
}

/** The report with its instants as ISO 8601. */
function withDates(value: unknown, key = ''): unknown {
  if (typeof value === 'number' && /(At|^at|^since|^until)$/.test(key)) return new Date(value).toISOString();
  if (Array.isArray(value)) return value.map((one) => withDates(one, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withDates(one, name)]));
}
