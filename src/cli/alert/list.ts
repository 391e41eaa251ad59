import { Command } from 'commander';
import { listAlerts, type AlertRow } from '../../db/queries/alerts.js';
import { withDatabase } from '../environment.js';
import { fromNow, printJson, printTable } from '../output.js';

type Flags = { readonly all?: boolean; readonly json?: boolean };

const keptInView = 30;

/** `forbear alert list`. */
export function listCommand(): Command {
  return new Command('list')
    .description('what is wrong now, the newest first, what to do about it, and who was told')
    .option('--all', `also what was over within the last ${keptInView} days`)
    .option('--json', 'one JSON record a line')
    .action(list);
}

async function list({ all, json }: Flags): Promise<void> {
  const rows = await withDatabase((db) => listAlerts(db, all ? keptInView : undefined));
  if (json) {
    rows.forEach(printJson);
    return;
  }
  const now = new Date();
  printTable(
    ['alert', 'severity', 'since', 'what it is', 'told to'],
    rows.map((row) => [row.key, row.severity, whenOf(row, now), whatOf(row), toldTo(row)]),
    all ? `Nothing was wrong in the last ${keptInView} days.` : 'Nothing is wrong that is known.',
    { wraps: [3, 4] },
  );
}

function whenOf({ since, resolvedAt }: AlertRow, now: Date): string {
  const began = fromNow(since, now);
  return resolvedAt === null ? began : `${began}, over ${fromNow(resolvedAt, now)}`;
}

const whatOf = ({ title, remedy, resolvedAt }: AlertRow) =>
  resolvedAt === null ? `${title}\n→ ${remedy}` : title;

function toldTo({ resolvedAt, toldBegin, toldEnd }: AlertRow): string {
  if (toldBegin.length === 0) return 'nobody yet';
  return toldBegin
    .map((name) => (resolvedAt === null || toldEnd.includes(name) ? name : `${name} (not of its end)`))
    .join(', ');
}
