import { formatSums } from '../../domain/money.js';
import { formatInstant } from '../../domain/time.js';
import type { SwitchedOn } from '../../preview/switch-on.js';
import { isPaidSoon, type Sum, type Totals } from '../../preview/totals.js';
import type { Comparison } from '../../preview/trial.js';
import { print, printTable } from '../output.js';
import type { Report } from './report.js';
import { dayOf, debtOf, pauseOf, viewShown } from './words.js';

// More than a screen nobody reads; the file has them all.
const mostShown = 40;

/** The report as a manager reads it in a minute. */
export function printReport({ since, until, totals, leftOut, switchedOn, cases }: Report): void {
  print(
    `Cases that were open between ${dayOf(since)} and ${dayOf(until)} and only observed: ${totals.all.cases}, with ${formatSums(totals.all.owed)} overdue.`,
  );
  if (leftOut.acted_on > 0)
    print(`Left out, because Forbear has acted in them already: ${leftOut.acted_on}.`);
  if (leftOut.no_debt_known > 0)
    print(`Left out, because no debt of theirs is known (any more): ${leftOut.no_debt_known}.`);
  if (cases.length > 0) {
    printTable(['by its policy alone Forbear would have', 'cases', 'overdue in them'], rowsOf(totals), '');
    printCases(cases);
  }
  print(`\n${saidOfSwitch(switchedOn)}`);
}

function rowsOf(totals: Totals): string[][] {
  const { ofPaused } = totals;
  const rows: (readonly [string, Sum])[] = [
    [`sent notices (${totals.notices} in all)`, totals.reminded],
    ['made read-only', totals.limited],
    ['paused', totals.paused],
    ['  of these paid within 7 days afterwards anyway', ofPaused.paidSoon],
    ['  of these restricted by hand by people, too', ofPaused.restricted],
    ['  of these spared by people beforehand: it would have obeyed', ofPaused.sparedBefore],
    ['  of these spared by people only afterwards: against their judgement', ofPaused.sparedAfter],
    ['  of these still owe', ofPaused.stillOwe],
    ['not paused: paid or forgiven before', totals.settledBefore],
    ['not paused yet', totals.notYet],
    ['not paused (yet) whom people restricted by hand', totals.restrictedOnly],
    ['asked for a deletion', totals.asked],
  ];
  return rows.map(([what, { cases, owed }]) => [what, String(cases), cases === 0 ? '' : formatSums(owed)]);
}

function printCases(cases: readonly Comparison[]): void {
  const worthReading = [...cases].sort((a, b) => weightOf(b) - weightOf(a) || b.openedAt - a.openedAt);
  const shown = worthReading.slice(0, mostShown);
  printTable(
    ['account', 'overdue', 'opened', 'would have been paused', 'its payer', 'people'],
    shown.map((one) => [
      one.ref,
      formatSums(one.owed),
      dayOf(one.openedAt),
      pauseOf(one),
      debtOf(one),
      viewShown(one),
    ]),
    '',
    { wraps: [5] },
  );
  if (shown.length < cases.length)
    print(`Only the first ${mostShown} of ${cases.length} are shown: --csv has them all.`);
}

/** What people should look at first: where Forbear and people, or payers, were of two minds. */
function weightOf(one: Comparison): number {
  const { paused, view } = one;
  if (paused === 'yes' && view.verdict === 'disagree') return view.spared?.beforehand === true ? 4 : 5;
  if (isPaidSoon(one)) return 3;
  if (view.verdict === 'agree' && paused !== 'yes') return 2;
  return paused === 'yes' ? 1 : 0;
}

/** What switching to `enforce` would do first. */
export function saidOfSwitch({ open, waiting, firstDay, firstPauseAt, pausedUntold }: SwitchedOn): string {
  const { notices, limits, pauses, restrictions } = firstDay;
  const first = [
    counted(notices, 'customer is written to', 'customers are written to'),
    ...(limits > 0 ? [counted(limits, 'account is made read-only', 'accounts are made read-only')] : []),
    counted(pauses, 'account is paused', 'accounts are paused'),
    ...(restrictions > 0
      ? [
          counted(restrictions, 'order to restrict by hand is', 'orders to restrict by hand are') +
            ' carried out',
        ]
      : []),
  ].join(', ');
  const open_ = counted(open, 'open case', 'open cases');
  const held =
    waiting === 0 ? '' : `, ${waiting} of which go on waiting for a payment under way or an answer`;
  const pause =
    pausedUntold > 0
      ? `${counted(pausedUntold, 'account is', 'accounts are')} paused without a notice before, as their policy says (immediate).`
      : `Nobody is paused without a fresh notice that names the day${firstPauseAt === null ? '' : `: the first pause can come on ${formatInstant(firstPauseAt)}`}.`;
  return `Switched to enforce now (${open_}${held}): within the first day ${first}. ${pause}`;
}

const counted = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;
