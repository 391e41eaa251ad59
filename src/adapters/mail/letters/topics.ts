import type { Notice, NoticePromise, NoticeTopic } from '../../../domain/notice.js';
import type { Letter } from '../letter.js';
import type { Say, WordKey } from '../words/words.js';

/** A notice with its words at hand, and nothing in it that could break a line or a link. */
export type Told = {
  readonly say: Say;
  readonly notice: Notice;
  /** All that is due, empty when nothing is. */
  readonly sums: string;
  /** What comes, in words, the nearest first. */
  readonly coming: readonly {
    readonly step: NoticePromise['step'];
    readonly date: string;
    readonly day: string;
  }[];
  readonly exportUrl: string | null;
  /** With which the account goes on. */
  readonly plan: string | null;
};

type Body = Pick<Letter, 'subject' | 'heading' | 'opening' | 'announcement' | 'tone' | 'lists' | 'closing'>;

/** What a notice says on its topic. */
export function bodyOf(told: Told): Body {
  return builders[told.notice.topic](told);
}

/** One letter builder a topic. */
const builders: Readonly<Record<NoticeTopic, (told: Told) => Body>> = {
  reminder: (told) => ({
    ...plain(told, 'reminder'),
    subject: subjectOf(told, 'reminder'),
    opening: [sentences(overdue(told), pleasePay(told))],
    ...next(told),
    closing: [...meaning(told), told.say('paidAlready')],
  }),

  moved: (told) =>
    told.coming.length === 0
      ? builders.reminder(told)
      : {
          ...builders.reminder(told),
          subject: subjectOf(told, 'moved'),
          heading: told.say('moved.heading'),
          opening: [sentences(told.say('moved.opening'), pleasePay(told))],
        },

  confirm: (told) => ({
    ...plain(told, 'confirm'),
    announcement: told.say('confirm.announcement'),
    tone: 'good',
    closing: [told.say('confirm.closing'), told.say('confirm.already')],
  }),

  instalment_missed: (told) => ({
    ...plain(told, 'instalment_missed'),
    ...next(told, 'instalment_missed.undated'),
    closing: [...meaning(told), told.say('instalment_missed.closing'), told.say('paidAlready')],
  }),

  limited: (told) => ({
    ...plain(told, 'limited'),
    announcement: told.say('limited.announcement'),
    closing: meaning(told),
  }),

  paused: (told) => ({
    ...plain(told, 'paused'),
    announcement: told.say('paused.announcement'),
    closing: withExport(told, 'paused.export'),
  }),

  final: (told) => ({
    ...plain(told, 'final'),
    subject: subjectOf(told, 'final'),
    ...next(told, 'final.undated'),
    closing: [
      sentences(told.say('final.recovery'), told.say('meaning.decommission')),
      told.say(told.exportUrl === null ? 'final.noExport' : 'final.export'),
    ],
  }),

  decommissioned: (told) => ({
    ...plain(told, 'decommissioned'),
    announcement: told.say(hasInvoices(told) ? 'decommissioned.announcement' : 'decommissioned.undated'),
    closing: [told.say('decommissioned.closing'), ...withExport(told, 'decommissioned.export')],
  }),

  restored: (told) => ({
    ...plain(told, 'restored'),
    opening: [sentences(told.say('restored.opening'), pleasePay(told))],
    ...next(told),
    closing: [...meaning(told), told.say('paidAlready')],
  }),

  recovered: (told) => ({
    ...paidOff(told, 'recovered'),
    tone: 'good',
  }),

  paid_but_ended: (told) => ({
    ...paidOff(told, 'paid_but_ended'),
    ...(told.plan !== null && { announcement: told.say('paid_but_ended.onPlan', { plan: told.plan }) }),
    closing: [told.say('paid_but_ended.closing')],
  }),

  paid_but_deleted: (told) => ({
    ...paidOff(told, 'paid_but_deleted'),
    opening: [told.say('paid_but_deleted.opening'), told.say('paid_but_deleted.truth')],
  }),
};

/** What most topics share: all that is to come stands in a list. */
function plain(told: Told, topic: Exclude<NoticeTopic, 'moved'>): Body {
  return {
    subject: told.say(`${topic}.subject`),
    heading: told.say(`${topic}.heading`),
    opening: [told.say(topic === 'reminder' ? 'overdue' : `${topic}.opening`)],
    announcement: null,
    tone: 'warning',
    lists: listOf(told, told.coming),
    closing: [],
  };
}

/** Nothing is owed, so nothing is to come. */
function paidOff(told: Told, topic: 'recovered' | 'paid_but_ended' | 'paid_but_deleted'): Body {
  return { ...plain(told, topic), announcement: told.say(`${topic}.announcement`), lists: [] };
}

/** The nearest step stands out, the others follow in a list. */
function next(told: Told, undated: WordKey | null = null): Pick<Body, 'announcement' | 'lists'> {
  const [first, ...later] = told.coming;
  if (first === undefined) return { announcement: undated === null ? null : told.say(undated), lists: [] };
  return { announcement: told.say(`next.${first.step}`, first), lists: listOf(told, later) };
}

function listOf({ say }: Told, coming: Told['coming']): Letter['lists'] {
  if (coming.length === 0) return [];
  const items = coming.map(({ step, date }) => ({ title: date, detail: say(`later.${step}`) }));
  return [{ lead: say('later'), items }];
}

// With the date, so that mail programs don't fold notices of different dates into one thread.
function subjectOf({ say, coming: [first] }: Told, topic: 'reminder' | 'moved' | 'final'): string {
  if (topic === 'final')
    return first === undefined ? say('final.subject') : say('final.subject.dated', first);
  return first === undefined ? say('reminder.subject') : say(`${topic}.subject.${first.step}`, first);
}

/** What the nearest step would mean. */
function meaning({ say, coming: [first] }: Told): string[] {
  return first === undefined ? [] : [say(`meaning.${first.step}`)];
}

const overdue = ({ say, notice }: Told) => say(notice.cause === null ? 'overdue' : `overdue.${notice.cause}`);
const hasInvoices = ({ notice }: Told) => notice.invoices.length > 0;
const pleasePay = (told: Told) => (hasInvoices(told) ? told.say('pleasePay') : '');
const withExport = ({ say, exportUrl }: Told, key: WordKey) => (exportUrl === null ? [] : [say(key)]);
const sentences = (...parts: readonly string[]) => parts.filter((part) => part !== '').join(' ');
