import type { CaseFile } from '../src/domain/case-file.js';
import { formatMoney, formatSums } from '../src/domain/money.js';
import { assess } from '../src/domain/standing.js';
import { formatInstant } from '../src/domain/time.js';
import type { Life } from './life.js';

const at = (instant: number) => formatInstant(instant, true);

/** Markdown for a supporter who has ten seconds: what is, why, what comes next and when, and what happened. */
export function detailsOf(life: Life): string {
  const { file } = life;
  const facts = [
    `- **Next:** ${nextOf(life)}`,
    ...(file.hold === null ? [] : [`- **Held:** ${file.hold.reason}, asked again ${at(file.hold.until)}`]),
    ...(file.promise === null ? [] : [`- **The customer was told:** no pause before ${at(file.promise.at)}`]),
    ...invoicesOf(life),
    `- **Mails to the customer:** ${file.rounds.remind + file.rounds.close}`,
  ];
  const remarks = file.remarks.map(({ at: when, text }) => `- ${at(when)}: ${text}`);
  const history = remarks.length > 0 ? ['', '**What happened**', '', ...remarks] : [];
  // The Web UI's frame cuts off the last line or two; let it cut off nothing.
  return [headlineOf(life), '', ...facts, ...history, '', '\u00a0'].join('\n');
}

function headlineOf({ file, account }: Life): string {
  const who = `**${account.name}** (\`${account.ref}\`)`;
  const debt = `**${formatSums(file.owed)}** ${file.anchorAt === null ? 'is unpaid' : `is unpaid since ${at(file.anchorAt)}`}`;
  if (file.ended)
    return `${who} **has paid, but its subscription has ended**: it stays off until it has one again.`;
  switch (file.stage) {
    case 'watching':
      return file.owed.length === 0 ? `${who} owes nothing.` : `${who} **is watched**: ${debt}.`;
    case 'reminded':
      return `${who} **was reminded**: ${debt}.`;
    case 'paused':
      return `${who} **is paused** because ${debt}.`;
    case 'recovered':
      return `${who} **has paid**; all was given back ${at(file.closedAt ?? 0)}.`;
    case 'closed':
      return `${who} **owes nothing any more**; nothing had been taken away.`;
  }
}

function nextOf({ file, next, act }: Life): string {
  if (file.closedAt !== null) return 'nothing: the case is closed';
  if (act !== null) return `${act.step}, now`;
  if (next !== null) return `${next.step} on ${at(next.at)} unless paid`;
  return file.pause === null ? 'nothing is planned' : 'everything is given back as soon as it is paid';
}

function invoicesOf({ file, standing, policy }: Life): string[] {
  if (standing === null || file.owed.length === 0) return [];
  const { overdue } = assess(standing, policy, standing.readAt);
  return overdue.slice(0, mostInvoices).map(({ id, number, currency, remainingMinor, payUrl }) => {
    const name = payUrl === null ? (number ?? id) : `[${number ?? id}](${payUrl})`;
    return `- **Unpaid invoice:** ${name}, ${formatMoney({ currency, amountMinor: remainingMinor })}`;
  });
}

const mostInvoices = 10;

/** What a sleeping case waits for, as the name of its timer in the Web UI's timeline. */
export function waitOf({ file, next, wakeAt }: Life): string {
  if (next !== null) return `${next.step} on ${at(next.at)} unless paid`;
  return `${file.stage}, until it is paid; a look at Stripe on ${at(wakeAt)}`;
}

/** Why the account is in trouble, in one word. */
export function reasonOf(file: CaseFile): string {
  if (file.hold !== null) return `held_${file.hold.reason}`;
  if (file.ended) return 'ended';
  return file.owed.length > 0 ? 'nonpayment' : 'none';
}
