import { decisionCommand } from '../../../domain/decisions.js';
import type { DecommissionPlan } from '../../../domain/plan.js';
import { oneLine, webAddress } from '../../../domain/safe-text.js';
import type { ApprovalRequest } from '../../../ports/mailer.js';
import { dateIn, dayIn, sumsIn } from '../format.js';
import { letterShape, viewOf, type Letter } from '../letter.js';
import type { Shape } from '../template.js';
import { languageFor, speakerOf, type Languages, type Say } from '../words/words.js';

/** What the templates of a request for approval may name besides the parts of the letter. */
export const approvalShape = {
  ...letterShape,
  name: 'text',
  ref: 'text',
  sums: 'text',
  date: 'text',
  day: 'text',
  planHash: 'text',
  code: 'text',
  resources: { kind: 'text', id: 'text', target: 'text' },
  subscriptions: { text: 'text' },
  link: 'address',
  approve: 'text',
  reject: 'text',
} as const satisfies Shape;

/** Puts a request into words, as the letter and what templates see of it. */
export function approvalViewOf(request: ApprovalRequest, languages: Languages) {
  const { language, words } = languageFor(request.language, languages);
  const ref = oneLine(request.account.ref);
  const sums = sumsIn(words, request.owed);
  const planHash = oneLine(request.planHash).slice(0, 8);
  const code = oneLine(request.code);
  const told = {
    name: oneLine(request.account.name) || ref,
    ref,
    sums,
    date: dateIn(words, request.expiresAt),
    day: dayIn(words, request.expiresAt),
    planHash,
    code,
    link: webAddress(request.link),
    approve: decisionCommand('approve', { ref, planHash, code }),
    reject: decisionCommand('reject', { ref, planHash, code }),
  };
  const { name, date, day } = told;
  const say = speakerOf(words, { name, ref, date, day }, 1);
  return {
    ...viewOf(letterOf(say, language, told, request.plan)),
    ...told,
    resources: request.plan.resources.map(resourceOf),
    subscriptions: request.plan.subscriptions.map((id) => ({ text: oneLine(id) })),
  };
}

type Told = {
  readonly name: string;
  readonly ref: string;
  readonly sums: string;
  readonly planHash: string;
  readonly code: string;
  readonly link: string | null;
  readonly approve: string;
  readonly reject: string;
};

function letterOf(say: Say, language: string, told: Told, plan: DecommissionPlan): Letter {
  const none = plan.resources.length === 0 ? [say('approval.noResources')] : [];
  return {
    language,
    subject: oneLine(say('approval.subject')),
    heading: say('approval.heading'),
    greeting: say('greeting.nameless'),
    opening: [say('approval.opening'), [say('approval.stays'), ...none].join(' ')],
    announcement: say('approval.announcement'),
    tone: 'warning',
    facts: [
      {
        label: say('approval.account'),
        value: told.name === told.ref ? told.ref : `${told.name} (${told.ref})`,
      },
      { label: say('approval.owed'), value: told.sums || say('approval.nothingOwed') },
      { label: say('approval.plan'), value: told.planHash },
      { label: say('approval.code'), value: told.code },
    ],
    lists: [...resourcesOf(say, plan), ...endingsOf(say, plan)],
    invoices: [],
    total: null,
    button: told.link === null ? null : { label: say('approval.decide'), url: told.link },
    closing: [],
    secondButton: null,
    commands: {
      lead: say(told.link === null ? 'approval.onlyCommands' : 'approval.commands'),
      lines: [told.approve, told.reject],
    },
    contact: null,
  };
}

function resourcesOf(say: Say, { resources }: DecommissionPlan): Letter['lists'] {
  if (resources.length === 0) return [];
  const items = resources
    .map(resourceOf)
    .map(({ kind, id, target }) => ({ title: `${kind} ${id}`, detail: target }));
  return [{ lead: say('approval.resources'), items }];
}

function resourceOf({ kind, id, target }: DecommissionPlan['resources'][number]) {
  return { kind: oneLine(kind), id: oneLine(id), target: oneLine(target) };
}

function endingsOf(say: Say, { collection, subscriptions }: DecommissionPlan): Letter['lists'] {
  if (subscriptions.length === 0) return [];
  const items = subscriptions.map((id) => ({ title: oneLine(id), detail: null }));
  return [{ lead: say(`approval.${collection}`), items }];
}
