import { SetupFailure, sentenceOf, shorten } from './failure.mjs';

/**
 * @typedef {object} Source one way to come by a part
 * @property {string} from its name, as told to people and kept in servers.json
 * @property {boolean} [ordered] true when a person named it: if it doesn't work, nothing else is tried in its place
 * @property {() => unknown} get returns the part, or throws the reason why this way is closed
 */

/**
 * Tries the sources in their order and returns the first that works, or undefined with every reason in `attempts`.
 * Throws `SetupFailure` when a source that a person named doesn't work: another one in its place would be a surprise.
 * @param {Source[]} sources
 * @param {{ from: string, reason: string }[]} attempts
 */
export async function firstThatWorks(sources, attempts) {
  for (const source of sources) {
    try {
      return { from: source.from, value: await source.get() };
    } catch (error) {
      if (error instanceof SetupFailure) throw error;
      if (source.ordered) {
        throw new SetupFailure(
          `${source.from} names nothing usable (${shorten(error.message)}): correct it or unset it.`,
        );
      }
      attempts.push({ from: source.from, reason: error.message });
    }
  }
  return undefined;
}

/**
 * Finds the part, or else makes it while holding the cache's lock, after a second look into the cache: another set-up
 * may have made it while we waited.
 * @param {{ name: string, remedy: string, find: Source[], make: Source[] }} part
 * @param {(work: () => Promise<unknown>) => Promise<unknown>} whileLocked
 */
export async function findOrMake(part, whileLocked) {
  const attempts = [];
  const found = await firstThatWorks(part.find, attempts);
  if (found) return found;
  return whileLocked(async () => {
    const cached = part.find.filter(({ from }) => from === 'cache');
    const made = (await firstThatWorks(cached, [])) ?? (await firstThatWorks(part.make, attempts));
    if (!made) throw new SetupFailure(sentenceOf(part.name, attempts, part.remedy));
    return made;
  });
}
