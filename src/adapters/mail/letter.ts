import type { Shape, View } from './template.js';

export type Link = { readonly label: string; readonly url: string };

/** What a mail says, before it is text or HTML: both are made of this, so neither can say more than the other. */
export type Letter = {
  readonly language: string;
  readonly subject: string;
  readonly heading: string;
  readonly greeting: string;
  readonly opening: readonly string[];
  /** What happens next and when, or that all is well; stands out. */
  readonly announcement: string | null;
  readonly tone: 'warning' | 'good';
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly lists: readonly {
    readonly lead: string;
    readonly items: readonly { readonly title: string; readonly detail: string | null }[];
  }[];
  readonly invoices: readonly {
    readonly title: string;
    readonly sum: string;
    readonly payUrl: string | null;
    /** Only where the mail has no button for it. */
    readonly link: Link | null;
  }[];
  readonly total: { readonly label: string; readonly sum: string } | null;
  readonly button: Link | null;
  readonly closing: readonly string[];
  /** Stands apart, after what it belongs to. */
  readonly secondButton: Link | null;
  readonly commands: { readonly lead: string; readonly lines: readonly string[] } | null;
  readonly contact: {
    readonly before: string;
    readonly name: string;
    readonly url: string | null;
    readonly after: string;
  } | null;
};

const texts = { text: 'text' } as const;
const links = { label: 'text', url: 'address' } as const;

/** The parts of every mail, as templates name them. `docs/mails.md` tells operators of them. */
export const letterShape = {
  language: 'text',
  subject: 'text',
  heading: 'text',
  greeting: 'text',
  opening: texts,
  announcement: 'text',
  warning: 'text',
  good: 'text',
  facts: { label: 'text', value: 'text' },
  lists: { lead: 'text', items: { title: 'text', detail: 'text' } },
  invoices: { title: 'text', sum: 'text', payUrl: 'address', link: links },
  totalLabel: 'text',
  total: 'text',
  button: links,
  closing: texts,
  secondButton: links,
  commandsLead: 'text',
  commands: texts,
  contactBefore: 'text',
  contact: 'text',
  contactUrl: 'address',
  contactAfter: 'text',
} as const satisfies Shape;

/** A letter as templates see it. */
export function viewOf(letter: Letter) {
  const { announcement, tone, total, contact, commands } = letter;
  return {
    language: letter.language,
    subject: letter.subject,
    heading: letter.heading,
    greeting: letter.greeting,
    opening: textsOf(letter.opening),
    announcement,
    warning: tone === 'warning' ? announcement : null,
    good: tone === 'good' ? announcement : null,
    facts: letter.facts,
    lists: letter.lists,
    invoices: letter.invoices.map(({ link, ...invoice }) => ({ ...invoice, link: listOf(link) })),
    totalLabel: total?.label ?? null,
    total: total?.sum ?? null,
    button: listOf(letter.button),
    closing: textsOf(letter.closing),
    secondButton: listOf(letter.secondButton),
    commandsLead: commands?.lead ?? null,
    commands: textsOf(commands?.lines ?? []),
    contactBefore: contact?.before ?? null,
    contact: contact?.name ?? null,
    contactUrl: contact?.url ?? null,
    contactAfter: contact?.after ?? null,
  } satisfies Record<keyof typeof letterShape, View[string]>;
}

const textsOf = (lines: readonly string[]) => lines.map((text) => ({ text }));
const listOf = (link: Link | null) => (link === null ? [] : [link]);
