import { Command } from 'commander';
import type { AccountRow } from '../../db/queries/accounts.js';
import { newestCase } from '../../db/queries/cases.js';
import { readGrants } from '../../db/queries/grants.js';
import { readTerms, type Terms } from '../../db/queries/terms.js';
import type { Db } from '../../db/client.js';
import { grantState, type Grant } from '../../domain/grant.js';
import { formatFallbackPlan } from '../../domain/policy.js';
import { formatSums } from '../../domain/money.js';
import type { Restriction } from '../../domain/restrictions.js';
import { formatInstant, type Instant } from '../../domain/time.js';
import { withDatabase } from '../environment.js';
import { printJson, printTable } from '../output.js';
import { mustFind } from './find.js';

/** `forbear account show`. */
export function showCommand(): Command {
  return new Command('show')
    .argument('<account>', 'its ref, our id, or a Stripe customer')
    .description('one account: who is written to, what it pays with, what it is granted, how it stands')
    .option('--json', 'for programs')
    .action(show);
}

type Shown = {
  readonly account: AccountRow;
  readonly terms: Terms;
  readonly grants: readonly Grant[];
  readonly openCase: NonNullable<Awaited<ReturnType<typeof newestCase>>> | null;
};

async function show(word: string, flags: { json?: boolean }): Promise<void> {
  const shown = await withDatabase((db) => readShown(db, word));
  const { account, terms, grants, openCase } = shown;
  if (flags.json) {
    printJson({
      ...account,
      ...terms,
      grants,
      openCase: openCase === null ? null : caseForPrograms(openCase),
    });
    return;
  }
  printTable(['account', account.ref], [...traitRows(account), ...standingRows(shown, Date.now())], '');
}

async function readShown(db: Db, word: string): Promise<Shown> {
  const account = await mustFind(db, word);
  const newest = await newestCase(db, account.id);
  return {
    account,
    terms: await readTerms(db, account.id),
    grants: await readGrants(db, account.id),
    openCase: newest?.closedAt === null ? newest : null,
  };
}

const caseForPrograms = ({
  id,
  stage,
  owed,
  nextStep,
  nextAt,
  hold,
  openedAt,
}: NonNullable<Shown['openCase']>) => ({
  ...{ id, stage, owed, nextStep, nextAt, hold, openedAt },
});

type Row = [label: string, text: string];

function traitRows(account: AccountRow): Row[] {
  return [
    ['name', account.name],
    ['id', account.id],
    ['customers', account.customers.join('\n') || 'none: link one with `forbear account link`'],
    ['contacts', contactsOf(account)],
    ['language', account.language ?? 'that of the policy'],
    ['country', account.country ?? 'not known'],
    ['subscribed to', account.plan ?? 'not known'],
    ['time zone', account.timeZone ?? 'not known'],
    ['tags', account.tags.join(' ') || 'none'],
    [
      'customer since',
      account.since === null ? 'not known' : new Date(account.since).toISOString().slice(0, 10),
    ],
  ];
}

function contactsOf({ people, contacts, bounced }: AccountRow): string {
  const lines = people.map(({ role, email, name }) => {
    const line = `${role}: ${name === null ? email : `${name} <${email}>`}`;
    return bounced.includes(email) ? `${line}, left out: mails bounced` : line;
  });
  if (contacts.length === 0) lines.push('none for notices about debts: reminders are held');
  return lines.join('\n');
}

function standingRows({ account, terms, grants, openCase }: Shown, now: Instant): Row[] {
  return [
    ['billing status', account.billingStatus],
    ['access', `${account.access} (version ${account.accessVersion})`],
    ['restrictions', account.restrictions.map(restrictionOf).join('\n') || 'none'],
    ['plan', planOf(account)],
    ['exempt', exemptionOf(terms, now)],
    ['immune', immunityOf(terms, now)],
    ['forgiven', terms.forgiven.join(' ') || 'no invoice'],
    ['granted', grants.map((grant) => grantOf(grant, now)).join('\n') || 'nothing'],
    ['case', caseOf(openCase)],
  ];
}

const planOf = ({ fallback }: AccountRow) =>
  fallback === null ? 'that of its subscription' : `fallback plan: ${formatFallbackPlan(fallback)}`;

const restrictionOf = ({ reason, access, owner, evidence, until }: Restriction) =>
  `${reason} (${access}${until === undefined ? '' : ` until ${formatInstant(until)}`}), by ${owner}: ${evidence}`;

function exemptionOf({ exemption }: Terms, now: Instant): string {
  if (exemption === null) return 'no';
  const { until, by, reason } = exemption;
  const [is, end] = until > now ? ['until', ''] : ['was until', ' (over)'];
  return `${is} ${formatInstant(until)}${end}, by ${by}: ${reason}`;
}

function immunityOf({ immunity }: Terms, now: Instant): string {
  if (immunity === null || immunity.until <= now) return 'no';
  return `until ${formatInstant(immunity.until)}, because ${immunity.by} gave back what was taken`;
}

function grantOf(grant: Grant, now: Instant): string {
  const { kind, by, reason, from, until, endedAt, endedBy } = grant;
  const end = until === null ? '' : ` until ${formatInstant(until)}`;
  const over = {
    standing: '',
    expired: ' (over)',
    ended: ` (ended ${formatInstant(endedAt ?? now)} by ${endedBy})`,
  };
  return `${kind} from ${formatInstant(from)}${end}${over[grantState(grant, now)]}, by ${by}: ${reason}`;
}

function caseOf(open: Shown['openCase']): string {
  if (open === null) return 'none is open';
  const { stage, owed, nextStep, nextAt, hold } = open;
  const next =
    nextStep === null || nextAt === null
      ? 'nothing is planned'
      : `next: ${nextStep} on ${formatInstant(nextAt.getTime(), true)}`;
  const held = hold === null ? '' : `, held: ${hold}`;
  return `${stage}, ${owed.length === 0 ? 'nothing owed' : `${formatSums(owed)} owed`}, ${next}${held}`;
}
