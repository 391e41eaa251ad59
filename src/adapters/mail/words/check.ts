import { namesIn, parseTemplate } from '../template.js';
import { english, type Plural, type Word, type WordKey, type Words } from './words.js';

// Every sentence may name these; a date only where there is one, and there it must.
const everywhere = ['name', 'amount', 'debt', 'payment', 'sums'];
const mustStay = ['date', 'contact', 'plan'];
const everywhereButIn = /^(locale|date|day|nameless|amount|debt|payment)|^approval\./;
const categories = ['zero', 'one', 'two', 'few', 'many', 'other'];

export type CheckedWords = { readonly words: Partial<Words>; readonly mistakes: readonly string[] };

/** Reads an operator's words: JSON of an object, its keys ours. Whatever is wrong is said, word by word. */
export function readWords(json: string): CheckedWords {
  let content: unknown;
  try {
    content = JSON.parse(json);
  } catch {
    return { words: {}, mistakes: ['is no JSON'] };
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    return { words: {}, mistakes: ['must be one object of words'] };
  const mistakes = Object.entries(content).flatMap(([key, word]) => {
    const wrong = Object.hasOwn(english, key) ? wordMistakes(key as WordKey, word) : ['unknown word'];
    return wrong.map((mistake) => `${key}: ${mistake}`);
  });
  return { words: mistakes.length > 0 ? {} : content, mistakes };
}

/** The words that a new language still lacks. */
export function missingWords(words: Partial<Words>): string[] {
  return Object.keys(english).filter((key) => !Object.hasOwn(words, key));
}

function wordMistakes(key: WordKey, word: unknown): string[] {
  const ours = formsOf(english[key]);
  if (typeof word === 'string') return sentenceMistakes(key, word);
  if (ours.length === 1) return ['must be a text'];
  if (typeof word !== 'object' || word === null || !('other' in word))
    return ['must be a text, or texts by plural category, "other" among them'];
  return Object.entries(word).flatMap(([category, form]: [string, unknown]) => {
    if (!categories.includes(category)) return [`${category} is no plural category`];
    return typeof form === 'string' ? sentenceMistakes(key, form) : [`${category} must be a text`];
  });
}

function sentenceMistakes(key: WordKey, sentence: string): string[] {
  if (sentence.trim() === '') return ['is empty'];
  if (key === 'locale') return isLocale(sentence) ? [] : [`${sentence} is no locale`];
  const ours = formsOf(english[key]).flatMap((form) => namesIn(parseTemplate(form)));
  const dateParts = key === 'date' || key === 'day' ? datePartNames : [];
  const known = [...ours, ...dateParts, ...(everywhereButIn.test(key) ? [] : everywhere)];
  try {
    const names = namesIn(parseTemplate(sentence));
    return [
      ...names.filter((name) => !known.includes(name)).map((name) => `unknown placeholder {{${name}}}`),
      ...mustStay
        .filter((name) => ours.includes(name) && !names.includes(name))
        .map((name) => `{{${name}}} is missing`),
    ];
  } catch (error) {
    return [(error as Error).message];
  }
}

const datePartNames = ['weekday', 'day', 'dd', 'month', 'monthShort', 'mm', 'year', 'time'];

function formsOf(word: Word): string[] {
  return typeof word === 'string' ? [word] : Object.values<string>(word satisfies Plural);
}

function isLocale(tag: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0;
  } catch {
    return false;
  }
}
