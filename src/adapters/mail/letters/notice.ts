import { sumByCurrency } from '../../../domain/money.js';
import type { Notice } from '../../../domain/notice.js';
import { oneLine, webAddress } from '../../../domain/safe-text.js';
import { contactAddress, dateIn, dayIn, sumIn, sumsIn } from '../format.js';
import { letterShape, viewOf, type Letter, type Link } from '../letter.js';
import type { Shape } from '../template.js';
import { languageFor, speakerOf, type Languages, type Words } from '../words/words.js';
import { bodyOf, type Told } from './topics.js';

/** What a notice's own templates may name besides the parts of the letter. */
export const noticeShape = {
  ...letterShape,
  name: 'text',
  sums: 'text',
  date: 'text',
  day: 'text',
  steps: { when: 'text', what: 'text' },
  payUrl: 'address',
  exportUrl: 'address',
} as const satisfies Shape;

/** Puts a notice into words, as the letter and what templates see of it. */
export function noticeViewOf(notice: Notice, languages: Languages) {
  const { language, words } = languageFor(notice.language, languages);
  const told = toldIn(words, notice);
  const letter = letterOf(told, words, language);
  return {
    ...viewOf(letter),
    name: oneLine(notice.accountName),
    sums: told.sums,
    date: told.coming[0]?.date ?? null,
    day: told.coming[0]?.day ?? null,
    steps: told.coming.map(({ step, date }) => ({ when: date, what: told.say(`later.${step}`) })),
    payUrl: payLinksOf(told)[0]?.url ?? null,
    exportUrl: told.exportUrl,
  };
}

function toldIn(words: Words, notice: Notice): Told {
  const name = oneLine(notice.accountName);
  const due = notice.owed.length > 0 ? notice.owed : notice.invoices.map(({ sum }) => sum);
  const sums = sumsIn(words, sumByCurrency(due));
  const known = { name: name || words.nameless, sums };
  const plain = speakerOf(words, known, 1);
  const sized = (key: 'amount' | 'debt' | 'payment') => plain(sums === '' ? `${key}.unknown` : key);
  const values = { ...known, amount: sized('amount'), debt: sized('debt'), payment: sized('payment') };
  return {
    say: speakerOf(words, values, notice.invoices.length),
    notice,
    sums,
    coming: notice.promises.map(({ step, at }) => ({
      step,
      date: dateIn(words, at),
      day: dayIn(words, at),
    })),
    exportUrl: webAddress(notice.exportUrl),
    plan: notice.plan === null ? null : oneLine(notice.plan),
  };
}

function letterOf(told: Told, words: Words, language: string): Letter {
  const { say, notice } = told;
  const body = bodyOf(told);
  const [first, ...others] = payLinksOf(told);
  // A button would pay one of several invoices only, and not say which.
  const isSingle = others.length === 0;
  return {
    language,
    ...body,
    subject: capital(oneLine(body.subject)),
    opening: body.opening.map(capital),
    greeting: say(oneLine(notice.accountName) === '' ? 'greeting.nameless' : 'greeting'),
    facts: [],
    invoices: notice.invoices.map(({ id, number, sum, payUrl }) => ({
      title: say('invoice', { number: oneLine(number ?? id) }),
      sum: sumIn(words, sum),
      payUrl: webAddress(payUrl),
      link: isSingle ? null : payLink(told, payUrl),
    })),
    total:
      told.sums === '' ? null : { label: say(isToConfirm(told) ? 'total.confirm' : 'total'), sum: told.sums },
    button: isSingle ? (first ?? null) : null,
    secondButton: told.exportUrl === null ? null : { label: say('export'), url: told.exportUrl },
    commands: null,
    contact: contactOf(told),
  };
}

function payLinksOf(told: Told): Link[] {
  return told.notice.invoices.flatMap(({ payUrl }) => payLink(told, payUrl) ?? []);
}

const isToConfirm = ({ notice }: Told) => notice.topic === 'confirm';

function payLink(told: Told, payUrl: string | null): Link | null {
  const url = webAddress(payUrl);
  return url === null ? null : { label: told.say(isToConfirm(told) ? 'confirm' : 'pay'), url };
}

function contactOf({ say, notice, sums }: Told): Letter['contact'] {
  const name = oneLine(notice.contact);
  const mark = '\u0000';
  const sentence = say(sums === '' ? 'contact.paid' : 'contact', { contact: mark });
  const [before = '', after = ''] = sentence.split(mark);
  return { before, name, url: contactAddress(name), after };
}

/** Some of our sentences begin with a sum or, where none is known, with the word for it. */
function capital(sentence: string): string {
  const [first = ''] = sentence;
  return first.toUpperCase() + sentence.slice(first.length);
}
