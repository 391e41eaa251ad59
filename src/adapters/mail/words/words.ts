import { fillText } from '../template.js';
import { de } from './de.js';
import { en } from './en.js';

/** A word that depends on a number, by the plural category that `Intl.PluralRules` gives it. */
export type Plural = { readonly other: string } & Partial<Record<Intl.LDMLPluralRule, string>>;
export type Word = string | Plural;
export type WordKey = keyof typeof en;
/** All that is ever said in one language: every language has every word. */
export type Words = {
  readonly [Key in WordKey]: (typeof en)[Key] extends string ? string : Word;
};
/** Every language that mails can be written in, by its code. English is always among them. */
export type Languages = ReadonlyMap<string, Words>;

export const english: Words = en;
export const builtIn: Languages = new Map([
  ['en', english],
  ['de', de],
]);

export type Values = Readonly<Record<string, string>>;
/** Says a word with its placeholders filled in. */
export type Say = (key: WordKey, more?: Values) => string;

/** The language that is asked for, with its region or without; English where nobody has the words. Never throws. */
export function languageFor(code: string, languages: Languages): { language: string; words: Words } {
  const asked = code.toLowerCase().replaceAll('_', '-');
  for (const language of [asked, asked.split('-')[0] ?? '']) {
    const words = languages.get(language);
    if (words !== undefined) return { language, words };
  }
  return { language: 'en', words: english };
}

/** `count` chooses between singular and plural: the number of invoices, in all words alike. */
export function speakerOf(words: Words, values: Values, count: number): Say {
  const category = new Intl.PluralRules(words.locale).select(count);
  return (key, more = {}) => fillText(formOf(words[key], category), { ...values, ...more });
}

function formOf(word: Word, category: Intl.LDMLPluralRule): string {
  return typeof word === 'string' ? word : (word[category] ?? word.other);
}
