import { formatMoney, type Money } from '../../domain/money.js';
import { webAddress } from '../../domain/safe-text.js';
import { MINUTE_MS, type Instant } from '../../domain/time.js';
import { fillText } from './template.js';
import type { Words } from './words/words.js';

/** `1,049.00 USD`, `1.049,00 USD`: with the currency's code, as its sign often stands for several currencies. */
export function sumIn({ locale }: Words, sum: Money): string {
  const [plain = '', code = ''] = formatMoney(sum).split(' ');
  const digits = plain.split('.')[1]?.length ?? 0;
  const format = new Intl.NumberFormat(locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${format.format(Number(plain))} ${code}`;
}

/** `10.50 EUR + 149.00 USD`; empty when nothing is named. */
export function sumsIn(words: Words, sums: readonly Money[]): string {
  return sums.map((sum) => sumIn(words, sum)).join(' + ');
}

/**
 * `Tuesday, 24 November 2026, 09:00 UTC`. To the minute, as people plan; with seconds where a policy counts in them and a
 * minute would be too coarse.
 */
export function dateIn(words: Words, at: Instant): string {
  return fillText(words.date, datePartsIn(words, at));
}

/** `24 Nov 2026`: a subject has little room. */
export function dayIn(words: Words, at: Instant): string {
  return fillText(words.day, datePartsIn(words, at));
}

function datePartsIn({ locale }: Words, at: Instant) {
  const date = new Date(at);
  const iso = date.toISOString();
  // Whole dates, of which a part is taken: some languages inflect the month only beside its day.
  const partOf = (type: 'weekday' | 'month', month: 'long' | 'short') =>
    new Intl.DateTimeFormat(locale, {
      timeZone: 'UTC',
      weekday: 'long',
      day: 'numeric',
      month,
      year: 'numeric',
    })
      .formatToParts(date)
      .find((part) => part.type === type)?.value ?? '';
  return {
    weekday: partOf('weekday', 'long'),
    month: partOf('month', 'long'),
    monthShort: partOf('month', 'short'),
    day: String(date.getUTCDate()),
    dd: iso.slice(8, 10),
    mm: iso.slice(5, 7),
    year: String(date.getUTCFullYear()),
    time: iso.slice(11, at % MINUTE_MS === 0 ? 16 : 19),
  };
}

/** Where a click on the contact leads; `null` when it is neither an address nor a page. */
export function contactAddress(contact: string): string | null {
  return /^[^\s@<>"?&]+@[^\s@<>"?&]+$/.test(contact) ? `mailto:${contact}` : webAddress(contact);
}
