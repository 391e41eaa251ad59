import { formatMoney, formatSums } from '../../domain/money.js';
import type { Notice } from '../../domain/notice.js';
import { MINUTE_MS, type Instant } from '../../domain/time.js';

/** What a mail says, before it is text or HTML: both are made of this, so neither can say more than the other. */
export type Letter = {
  readonly subject: string;
  readonly heading: string;
  readonly greeting: string;
  readonly opening: readonly string[];
  /** What happens next and when, or that all is well; stands out. */
  readonly announcement: string | null;
  readonly tone: 'warning' | 'good';
  readonly invoices: readonly {
    readonly title: string;
    readonly sum: string;
    readonly payUrl: string | null;
  }[];
  readonly total: string | null;
  readonly payUrl: string | null;
  readonly closing: readonly string[];
  readonly contact: { readonly lead: string; readonly name: string; readonly href: string | null };
};

type Wording = Pick<Letter, 'subject' | 'heading' | 'opening' | 'announcement' | 'tone' | 'closing'>;

const whatPausingMeans =
  'Pausing means that running work is given time to finish, then your services are scaled to zero and locked: you cannot start or change them until everything that is overdue is paid. Nothing is deleted.';
const paidAlready = 'If you have paid in the meantime, you need not do anything.';

/** Puts a notice into words. Plain: names and numbers are as they came, but without control characters. */
export function letterOf(notice: Notice): Letter {
  const invoices = notice.invoices.map((invoice) => ({
    title: `Invoice ${oneLine(invoice.number ?? invoice.id)}`,
    sum: formatMoney(invoice.sum),
    payUrl: webAddress(invoice.payUrl),
  }));
  const wording = wordingOf(notice);
  return {
    ...wording,
    subject: oneLine(wording.subject),
    greeting: `Hello ${nameOf(notice)},`,
    invoices,
    total: notice.owed.length > 0 ? formatSums(notice.owed) : null,
    payUrl: invoices.find(({ payUrl }) => payUrl !== null)?.payUrl ?? null,
    contact: contactOf(oneLine(notice.contact)),
  };
}

function wordingOf(notice: Notice): Wording {
  const sum = formatSums(notice.owed);
  const name = nameOf(notice);
  switch (notice.topic) {
    case 'reminder':
      return {
        // With the date, so that mail programs don't fold reminders of different dates into one thread.
        subject:
          notice.promise === null
            ? `Payment reminder: ${sum} overdue for ${name}`
            : `${sum} overdue: services pause on ${dayOf(notice.promise.at)}`,
        heading: 'Payment reminder',
        opening: [`${sum} is overdue for ${name}. Please pay the ${invoicesOf(notice)} below.`],
        announcement: promiseOf(notice),
        tone: 'warning',
        closing: [...(notice.promise === null ? [] : [whatPausingMeans]), paidAlready],
      };
    case 'moved':
      if (notice.promise === null) return wordingOf({ ...notice, topic: 'reminder' });
      return {
        subject: `New date: services pause on ${dayOf(notice.promise.at)}, ${sum} overdue`,
        heading: 'New date for the pause of your services',
        opening: [
          `${sum} is overdue for ${name}. The date below replaces every date that we may have told you before.`,
        ],
        announcement: promiseOf(notice),
        tone: 'warning',
        closing: [whatPausingMeans, paidAlready],
      };
    case 'paused':
      return {
        subject: `Your services are paused: ${sum} overdue for ${name}`,
        heading: 'Your services are paused',
        opening: [
          `We have paused the services of ${name}, because ${sum} is overdue. They are scaled to zero and locked: you cannot start or change them for now. Nothing was deleted.`,
        ],
        announcement: `As soon as the ${invoicesOf(notice)} below ${isOrAre(notice)} paid, we give your services back as they were. You need not do anything else.`,
        tone: 'warning',
        closing: [],
      };
    case 'recovered':
      return {
        subject: `Thank you: nothing is overdue any more for ${name}`,
        heading: 'Thank you',
        opening: [`Nothing is overdue any more for ${name}.`],
        // A notice doesn't say whether anything was paused before: right for both, and no alarm to either.
        announcement:
          'Everything that runs for you stays as it is, or is back as it was. You need not do anything.',
        tone: 'good',
        closing: [],
      };
    case 'paid_but_ended':
      return {
        subject: `Paid, but the subscription of ${name} has ended`,
        heading: 'Paid, but your subscription has ended',
        opening: [
          `Nothing is overdue any more for ${name}. Thank you. However, the subscription itself has ended in the meantime, and paying its invoices does not start it again.`,
        ],
        announcement:
          'To use our services further, please start a new subscription. If anything is paused, it stays paused until then. Nothing was deleted.',
        tone: 'warning',
        closing: [],
      };
  }
}

function promiseOf({ promise, ...notice }: Notice): string | null {
  if (promise === null) return null;
  switch (promise.step) {
    case 'pause':
      return `We will pause your services on ${dateOf(promise.at)} unless the ${invoicesOf(notice)} ${isOrAre(notice)} paid.`;
  }
}

function invoicesOf({ invoices }: Pick<Notice, 'invoices'>): string {
  return invoices.length === 1 ? 'invoice' : 'invoices';
}

function isOrAre({ invoices }: Pick<Notice, 'invoices'>): string {
  return invoices.length === 1 ? 'is' : 'are';
}

const weekdays = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const months = 'January February March April May June July August September October November December'.split(
  ' ',
);

/**
 * `Tuesday, 24 November 2026, 09:00 UTC`, the same on every machine. To the minute, as people plan; with seconds where a
 * policy counts in them and a minute would be too coarse.
 */
function dateOf(at: Instant): string {
  const date = new Date(at);
  const time = date.toISOString().slice(11, at % MINUTE_MS === 0 ? 16 : 19);
  return `${weekdays[date.getUTCDay()]}, ${date.getUTCDate()} ${monthOf(date)} ${date.getUTCFullYear()}, ${time} UTC`;
}

/** `24 Nov 2026`: a subject has little room. */
function dayOf(at: Instant): string {
  const date = new Date(at);
  return `${date.getUTCDate()} ${monthOf(date).slice(0, 3)} ${date.getUTCFullYear()}`;
}

function monthOf(date: Date): string {
  return months[date.getUTCMonth()] ?? '';
}

function nameOf({ accountName }: Notice): string {
  return oneLine(accountName) || 'customer';
}

/** Without line breaks and other control characters: a name must never begin a header or a line of its own. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

/** Only what opens a page: another scheme in a button would be an attack. */
function webAddress(address: string | null): string | null {
  return address !== null && URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)
    ? address
    : null;
}

function contactOf(name: string): Letter['contact'] {
  const mail = /^[^\s@<>"]+@[^\s@<>"]+$/.test(name) ? `mailto:${name}` : null;
  return {
    lead: 'Questions, or a payment that we missed? Please write to',
    name,
    href: mail ?? webAddress(name),
  };
}
