import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { canonicalJson } from './canonical-json.js';

/** What people said, and who they are: what an entry of the log may have to lose again. */
export type Words = Readonly<Record<string, unknown>>;

/** What an entry keeps of its words: where they are, and a hash by which they are known as the ones that were written. */
type Seal = { readonly words: string; readonly wordsHash: string };

/** What stands where words were. */
export const erased = '(erased)';

/**
 * Words as they are kept, beside the log, and what the log keeps of them. A salt is written among the words and is erased
 * with them: without it, nobody can try likely words against the hash. The id alone would not do, it stays in the log.
 */
export function sealWords(words: Words): { readonly id: string; readonly text: string; readonly seal: Seal } {
  const id = randomUUID();
  const text = canonicalJson({ ...words, salt: randomBytes(32).toString('hex') });
  return { id, text, seal: { words: id, wordsHash: wordsHash(text) } };
}

/** The hash of words, over their text exactly as it is kept. */
export function wordsHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What an entry says of its words; `null` for one that has none, such as every entry from before there were any. */
export function sealOf(body: unknown): Seal | null {
  const { words, wordsHash: hash } = body as Readonly<Record<string, unknown>>;
  return typeof words === 'string' && typeof hash === 'string' ? { words, wordsHash: hash } : null;
}

/** The body of an entry with its words, as people read it: `(erased)` where they are gone. */
export function spokenBody({
  body,
  words,
}: {
  readonly body: unknown;
  readonly words?: string | null;
}): Readonly<Record<string, unknown>> {
  const whole = body as Readonly<Record<string, unknown>>;
  if (sealOf(body) === null) return whole;
  const rest = without(whole, ['words', 'wordsHash']);
  if (typeof words !== 'string') return { by: erased, reason: erased, ...rest };
  return { ...rest, ...without(JSON.parse(words) as typeof whole, ['salt']) };
}

const without = (object: Readonly<Record<string, unknown>>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
