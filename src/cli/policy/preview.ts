import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { formatRules } from '../../domain/policy.js';
import { DAY_MS } from '../../domain/time.js';
import { almanacOf } from '../../policy/almanac.js';
import { isZone } from '../../policy/calendar.js';
import type { PolicyBook, Rules } from '../../policy/book.js';
import { loadPolicy } from '../../policy/load.js';
import { localDate } from '../../preview/dates.js';
import type { PreviewInvoice } from '../../preview/life.js';
import { legend, timelineOf } from '../../preview/line.js';
import { svgOf } from '../../preview/svg.js';
import { timetableOf, type Timetable } from '../../preview/timetable.js';
import { readAmount } from '../amounts.js';
import { CommandFailure, print, printJson, printTable } from '../output.js';
import { readDate } from '../dates.js';
import { repeatable } from '../repeatable.js';

type Flags = {
  readonly from?: string;
  readonly invoice: readonly string[];
  readonly segment?: string;
  readonly zone: string;
  readonly country?: string;
  readonly svg?: string;
  readonly json?: boolean;
};

/** `forbear policy preview`. */
export function previewCommand(): Command {
  return new Command('preview')
    .argument('<file>')
    .description('the timetable of an account that never pays, as it would come')
    .option('--from <date>', 'when its payment fails (default: now)')
    .addOption(
      repeatable(
        '--invoice <what>',
        'in place of --from, due=2026-12-01,amount=49.00,currency=usd, or failed= in place of due=',
      ),
    )
    .option('--segment <name>', 'of an account in this segment')
    .option('--zone <zone>', 'where the account is', 'UTC')
    .option('--country <code>', 'whose holidays count, where the policy asks for those of the account')
    .option('--svg <file>', 'write it as a picture, too')
    .option('--json', 'for programs')
    .action(preview);
}

function preview(file: string, flags: Flags): void {
  if (!isZone(flags.zone))
    throw new CommandFailure('usage', `--zone ${flags.zone}: write a zone such as Europe/Berlin`);
  const book = loadPolicy(file);
  const rules = rulesOf(book, flags.segment);
  const invoices = invoicesOf(flags);
  const now = Math.min(...invoices.map(({ dueAt, failedAt }) => dueAt ?? failedAt ?? Infinity));
  const place = { timeZone: flags.zone, country: flags.country ?? null };
  const almanac = rules.calendar === null ? null : almanacOf(rules.calendar, place, now);
  const timetable = timetableOf({ ...rules.policy, almanac }, invoices);
  if (flags.svg !== undefined) writeFileSync(flags.svg, svgOf(timetable, flags.zone));
  if (flags.json)
    printJson(timetable.lines.map((line) => ({ ...line, at: new Date(line.at).toISOString() })));
  else {
    print(`rules: ${formatRules(rules.policy)}${elsewhere(book, rules)}`);
    draw(timetable, flags.zone);
  }
}

/** Whoever has segments may have meant one of them. */
function elsewhere({ segments }: PolicyBook, { policy }: Rules): string {
  if (policy.segment !== null || segments.length === 0) return '';
  return `, for accounts in none of its segments (--segment ${segments.map(({ name }) => name).join(', ')})`;
}

function rulesOf(book: PolicyBook, name: string | undefined): Rules {
  if (name === undefined) return book;
  const segment = book.segments.find((one) => one.name === name);
  if (segment !== undefined) return segment;
  const names = book.segments.map((one) => one.name).join(', ') || 'none';
  throw new CommandFailure('usage', `--segment ${name}: the policy has ${names}`);
}

const longestLine = 72;

function draw(timetable: Timetable, zone: string): void {
  const rows = timetable.lines.map(({ at, day, what, told }) => [
    `day ${day}`,
    localDate(at, zone),
    what,
    told.map((promise) => `${promise.step} on ${localDate(promise.at, zone).slice(4, 14)}`).join('\n'),
  ]);
  printTable(['', zone, 'what happens', 'what the customer is told'], rows, 'Nothing happens.', {
    wraps: [2],
  });
  if (rows.length === 0) return;
  print(`\n${timelineOf(timetable, longestLine)}\n${legend}`);
}

function invoicesOf({ from, invoice }: Flags): PreviewInvoice[] {
  if (invoice.length > 0 && from !== undefined)
    throw new CommandFailure('usage', 'give either --from or --invoice');
  if (invoice.length > 0) return invoice.map(readInvoice);
  const failedAt = from === undefined ? Date.now() : Date.parse(readDate('--from', from));
  return [{ dueAt: null, failedAt, currency: 'usd', amountMinor: 100_000 }];
}

/** `due=2026-12-01,amount=49.00,currency=usd`; `failed=` in place of `due=` for one that was charged in vain. */
function readInvoice(text: string): PreviewInvoice {
  const parts = new Map(text.split(/[,\s]+/).map((part) => keyAndValue(part)));
  const unknown = [...parts.keys()].find((key) => !['due', 'failed', 'amount', 'currency'].includes(key));
  const currency = parts.get('currency') ?? 'usd';
  const amountMinor = readAmount(parts.get('amount') ?? '1000', currency);
  const [due, failed] = [parts.get('due'), parts.get('failed')];
  if (
    unknown !== undefined ||
    amountMinor === null ||
    amountMinor === 0 ||
    (due === undefined) === (failed === undefined)
  )
    throw new CommandFailure(
      'usage',
      `--invoice ${text}: write it as due=2026-12-01,amount=49.00,currency=usd, or failed= in place of due=`,
    );
  const at = Date.parse(readDate('--invoice', due ?? failed ?? ''));
  if (at > Date.now() + 3_650 * DAY_MS)
    throw new CommandFailure('usage', `--invoice ${text}: is too far away`);
  return {
    dueAt: due === undefined ? null : at,
    failedAt: due === undefined ? at : null,
    currency,
    amountMinor,
  };
}

function keyAndValue(part: string): [string, string] {
  const [key = '', value = ''] = part.split('=', 2);
  return [key, value];
}
