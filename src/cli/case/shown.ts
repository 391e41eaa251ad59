import type { AccountRow } from '../../db/queries/accounts.js';
import type { newestCase } from '../../db/queries/cases.js';
import type { FindingRow } from '../../db/queries/findings.js';
import type { GivingBack } from '../../db/queries/giving-back.js';
import type { Terms } from '../../db/queries/terms.js';
import type { Agreement } from '../../domain/agreement.js';
import type { Approval, CaseFile } from '../../domain/case-file.js';
import { formatMoney, formatSums } from '../../domain/money.js';
import { formatRules, type Policy } from '../../domain/policy.js';
import type { DecommissionPlan } from '../../domain/plan.js';
import { formatInstant, SECOND_MS, type Instant } from '../../domain/time.js';
import { workflowIdOf } from '../../../workflows/messages.js';

export type CaseShown = NonNullable<Awaited<ReturnType<typeof newestCase>>>;

/** A case and what stands beside it: its account and rules, the plan that waits for approval, what people have to see to. */
export type Shown = {
  readonly account: AccountRow;
  readonly row: CaseShown;
  readonly policy: Policy;
  readonly plan: DecommissionPlan | null;
  readonly findings: readonly FindingRow[];
  readonly terms: Terms;
  /** `null` while nothing is being given back. */
  readonly givingBack: GivingBack | null;
};

type Row = [label: string, text: string];

const at = (instant: Instant | null) => (instant === null ? '–' : formatInstant(instant, true));

/** What `forbear case show` says, line by line; what there is nothing to say of is left out. */
export function caseRows(shown: Shown, now: Instant): Row[] {
  const { account, row, policy, plan, findings, terms, givingBack } = shown;
  const { file } = row;
  return [
    ['of', `${account.ref} (${account.name})`],
    ['stage', file.stage],
    ['owed', owedOf(file)],
    ['next', nextOf(row)],
    ...holdRows(file),
    ...givingBackRows(givingBack, now),
    ...file.told.map((told): Row => ['told', `no ${nounOf[told.step]} before ${at(told.at)}`]),
    ...approvalRows(file.approval, plan, account.ref, now),
    ...termRows(file, terms, now),
    ...findings.map((finding): Row => ['see to it', `${finding.text} (finding ${finding.id})`]),
    [
      'access',
      `${account.access} (${account.restrictions.map((r) => r.reason).join(', ') || 'no restriction'})`,
    ],
    ['rules', formatRules(policy)],
    ['opened', at(file.openedAt)],
    ['closed', at(file.closedAt)],
    ['workflow', workflowIdOf(account.id)],
  ];
}

const nounOf = { limit: 'limit', pause: 'pause', decommission: 'deletion' } as const;

function owedOf({ owed, anchorAt }: CaseFile): string {
  if (owed.length === 0) return 'nothing';
  return anchorAt === null ? formatSums(owed) : `${formatSums(owed)}, overdue since ${at(anchorAt)}`;
}

function nextOf({ nextStep, nextAt, file }: CaseShown): string {
  if (file.closedAt !== null) return 'nothing: the case is closed';
  if (nextStep === null || nextAt === null) return 'nothing is planned';
  return `${nextStep} on ${at(nextAt.getTime())} unless paid`;
}

const mostNamed = 5;

/** How far it is, since when, and what does not serve yet. */
function givingBackRows(givingBack: GivingBack | null, now: Instant): Row[] {
  if (givingBack === null) return [];
  const { since, back, missing } = givingBack;
  const seconds = Math.max(0, Math.round((now - since.getTime()) / SECOND_MS));
  const more = missing.length > mostNamed ? `, and ${missing.length - mostNamed} more` : '';
  const waits = missing.length === 0 ? '' : `; not yet: ${missing.slice(0, mostNamed).join(', ')}${more}`;
  return [['giving back', `for ${seconds} s: ${back} of ${back + missing.length} serve again${waits}`]];
}

function holdRows({ hold }: CaseFile): Row[] {
  return hold === null ? [] : [['held', `${hold.reason}; asked again ${at(hold.until)}`]];
}

function approvalRows(
  approval: Approval | null,
  plan: DecommissionPlan | null,
  ref: string,
  now: Instant,
): Row[] {
  if (approval === null) return [];
  const { summary, decision, expiresAt } = approval;
  const hash = approval.planHash.slice(0, 8);
  const parts = (plan?.resources ?? []).map((r) => `  ${r.kind} ${r.id} on ${r.target}`);
  const named = [`deletion of ${summary}; plan ${hash}`, ...parts, ...endingsIn(plan)].join('\n');
  if (decision !== null) {
    const { approved, by, reason } = decision;
    return [[approved ? 'approved' : 'rejected', `${named}\nby ${by} on ${at(decision.at)}: ${reason}`]];
  }
  if (now >= expiresAt)
    return [['waits', `${named}\nnobody decided until ${at(expiresAt)}; it is asked for again`]];
  const commands = ['approve', 'reject'].map(
    (word) => `forbear case ${word} ${ref} --plan ${hash} --reason "…"`,
  );
  return [['waits', [named, `approval until ${at(expiresAt)}:`, ...commands].join('\n')]];
}

const collectionWords = { pause: 'paused first', cancel: 'canceled first' } as const;

function endingsIn(plan: DecommissionPlan | null): string[] {
  if (plan === null) return [];
  return plan.subscriptions.map((id) => `  subscription ${id}: ${collectionWords[plan.collection]}`);
}

/** What people have granted or taken: of an exemption and forgiven invoices also what outlives the case. */
function termRows({ agreement, manual, exemption, forgiven }: CaseFile, terms: Terms, now: Instant): Row[] {
  const granted = terms.exemption ?? exemption;
  const invoices = [...new Set([...terms.forgiven, ...forgiven])];
  return [
    ...(granted === null || granted.until <= now
      ? []
      : [['exempt', `until ${at(granted.until)}, by ${granted.by}: ${granted.reason}`] satisfies Row]),
    ...immunityRows(terms.immunity, now),
    ...(agreement === null ? [] : [['instalments', agreementOf(agreement)] satisfies Row]),
    ...(manual === null
      ? []
      : [
          [
            'by hand',
            `${manual.access} (${manual.state}) ${manual.until === null ? '' : `until ${at(manual.until)}, `}by ${manual.by}: ${manual.reason}`,
          ] satisfies Row,
        ]),
    ...(invoices.length === 0 ? [] : [['forgiven', invoices.join(', ')] satisfies Row]),
  ];
}

function immunityRows(immunity: Terms['immunity'], now: Instant): Row[] {
  if (immunity === null || immunity.until <= now) return [];
  return [['immune', `until ${at(immunity.until)}, because ${immunity.by} gave back what was taken`]];
}

function agreementOf({ by, reason, currency, instalments }: Agreement): string {
  const lines = instalments.map(({ dueAt, mostRemainingMinor }) => {
    const rest = formatMoney({ currency, amountMinor: mostRemainingMinor });
    return `  by ${at(dueAt)} at most ${rest} is open`;
  });
  return [`agreed by ${by}: ${reason}`, ...lines].join('\n');
}
