import type { CaseFile } from '../src/domain/case-file.js';
import { formatMoney, formatSums } from '../src/domain/money.js';
import { formatRules } from '../src/domain/policy.js';
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
    ...approvalOf(life),
    ...agreementsOf(file),
    ...file.told.map(
      ({ step, at: date }) => `- **The customer was told:** no ${nounOf[step]} before ${at(date)}`,
    ),
    ...file.findings.map(({ text }) => `- **See to it:** ${text}`),
    ...invoicesOf(life),
    `- **Mails to the customer:** ${mailsIn(file)}`,
    `- **Rules:** ${formatRules(life.policy)}`,
    ...(file.closedAt === null ? [howToExtend] : []),
  ];
  const remarks = file.remarks.map(({ at: when, text }) => `- ${at(when)}: ${text}`);
  const history = remarks.length > 0 ? ['', '**What happened**', '', ...remarks] : [];
  // The Web UI's frame cuts off the last line or two; let it cut off nothing.
  return [headlineOf(life), '', ...facts, ...history, '', '\u00a0'].join('\n');
}

const howToExtend =
  '- **More time:** signal `extendGrace` with `{"days": 7, "reason": "…", "by": "your name"}`';

/** Some acts are told with the act itself. */
const mailsIn = ({ rounds }: CaseFile) =>
  rounds.remind + rounds.limit + rounds.pause + rounds.decommission + rounds.close;

const nounOf = { limit: 'limit', pause: 'pause', decommission: 'deletion' } as const;

function approvalOf({ file: { approval } }: Life): string[] {
  if (approval === null) return [];
  const { summary, planHash, expiresAt, decision } = approval;
  const plan = `deletion of ${summary}, plan \`${planHash.slice(0, 8)}\``;
  if (decision === null) {
    const input = `{"plan": "${planHash.slice(0, 8)}", "code": "from your mail", "reason": "…"}`;
    return [
      `- **Waits for approval:** ${plan}, until ${at(expiresAt)}`,
      `- **To decide:** update \`approve\` or \`reject\` with \`${input}\``,
    ];
  }
  const { approved, by, reason } = decision;
  return [`- **${approved ? 'Approved' : 'Rejected'} by ${by}:** ${plan}: ${reason}`];
}

function agreementsOf({ exemption, immunity, agreement, manual, forgiven, granted }: CaseFile): string[] {
  return [
    ...(granted ? ['- **Granted:** a subscription that has ended keeps nothing off'] : []),
    ...(exemption === null
      ? []
      : [`- **Exempt** until ${at(exemption.until)}, by ${exemption.by}: ${exemption.reason}`]),
    ...(!immunity || immunity.until <= Date.now()
      ? []
      : [`- **Immune** until ${at(immunity.until)}: ${immunity.by} gave back what was taken`]),
    ...(agreement === null
      ? []
      : [
          `- **Instalments agreed** by ${agreement.by}: ${agreement.instalments.map((i) => at(i.dueAt)).join(', ')}`,
        ]),
    ...(manual === null ? [] : [`- **By hand:** ${manual.access}, by ${manual.by}: ${manual.reason}`]),
    ...(forgiven.length === 0 ? [] : [`- **Forgiven:** ${forgiven.join(', ')}`]),
  ];
}

function headlineOf({ file, account }: Life): string {
  const who = `**${account.name}** (\`${account.ref}\`)`;
  const debt = `**${formatSums(file.owed)}** ${file.anchorAt === null ? 'is unpaid' : `is unpaid since ${at(file.anchorAt)}`}`;
  if (file.ended)
    return `${who} **has paid, but its subscription has ended**: it stays off until it has one again.`;
  if (file.manual !== null && file.owed.length === 0)
    return `${who} **is ${file.manual.access} by hand**, whatever it pays.`;
  if (file.hold?.of === 'close' && file.owed.length === 0)
    return `${who} **has paid**; all is given back, and the thanks could not be sent yet.`;
  switch (file.stage) {
    case 'watching':
      return file.owed.length === 0 ? `${who} owes nothing.` : `${who} **is watched**: ${debt}.`;
    case 'reminded':
      return `${who} **was reminded**: ${debt}.`;
    case 'limited':
      return `${who} **is read-only** because ${debt}.`;
    case 'paused':
      return `${who} **is paused** because ${debt}.`;
    case 'decommissioning':
      return `${who} **is paused and will be deleted** because ${debt}.`;
    case 'decommissioned':
      return `${who} **was deleted** because ${debt}.`;
    case 'recovered':
      return `${who} **has paid**; all was given back ${at(file.closedAt ?? 0)}.`;
    case 'closed':
      return `${who} **owes nothing any more**; nothing had been taken away.`;
  }
}

/** How the timetable's steps are called where people read them. */
const stepNames = {
  remind: 'remind',
  final: 'final notice',
  limit: 'limit',
  pause: 'pause',
  decommission: 'decommission',
} as const;

function nextOf({ file, next, act }: Life): string {
  if (file.closedAt !== null) return 'nothing: the case is closed';
  if (act !== null) return `${act.step}, now`;
  if (next !== null) return `${stepNames[next.step]} on ${at(next.at)} unless paid`;
  return file.taken === null ? 'nothing is planned' : 'everything is given back as soon as it is paid';
}

function invoicesOf({ file, standing, policy }: Life): string[] {
  if (standing === null || file.owed.length === 0) return [];
  const { overdue } = assess(standing, policy, standing.readAt, file);
  return overdue.slice(0, mostInvoices).map(({ id, number, currency, remainingMinor }) => {
    const sum = formatMoney({ currency, amountMinor: remainingMinor });
    return `- **Unpaid invoice:** ${number ?? id}, ${sum}`;
  });
}

const mostInvoices = 10;

/** What a sleeping case waits for, as the name of its timer in the Web UI's timeline. */
export function waitOf({ file, next, wakeAt }: Life): string {
  if (file.approval !== null && file.approval.decision === null)
    return `approval of the deletion until ${at(file.approval.expiresAt)}`;
  if (next !== null) return `${stepNames[next.step]} on ${at(next.at)} unless paid`;
  if (file.hold?.of === 'close') return `thanks, tried again ${at(file.hold.until)}`;
  return `${file.stage}, until it is paid; a look at Stripe on ${at(wakeAt)}`;
}

/** Why the account is in trouble, in one word. */
export function reasonOf({ hold, ended, approval, owed, manual }: CaseFile): string {
  if (hold !== null) return `held_${hold.reason}`;
  if (ended) return 'ended';
  if (approval !== null && approval.decision === null) return 'approval_awaited';
  if (owed.length > 0) return 'nonpayment';
  return manual === null ? 'none' : 'manual';
}
