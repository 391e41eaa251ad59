/** A set-up that cannot go on. Its message is one sentence for the person who runs it: what is missing, and the remedy. */
export class SetupFailure extends Error {
  name = 'SetupFailure';

  /** The same sentence, naming the file that holds what every attempt printed. */
  withDetails(logFile) {
    return new SetupFailure(this.message.replace(/\.$/, ` (details: ${logFile}).`));
  }
}

/**
 * Turns the reasons of every attempt into the one sentence of a failure.
 * @param {string} part what is missing, as the sentence's subject
 * @param {{ from: string, reason: string }[]} attempts in the order they were made
 * @param {string} remedy an imperative, without the full stop
 */
export function sentenceOf(part, attempts, remedy) {
  const tried = attempts.map(({ from, reason }) => `${from}: ${shorten(reason)}`).join('; ');
  return `${part} could not be had (${tried || 'nothing to try on this machine'}): ${remedy}.`;
}

// A compiler's or a proxy's message can run to pages; the log has it whole.
const longestReason = 200;

/** One line, without its full stop, of at most 200 characters: what failed stands first, why it did stands last. */
export function shorten(text) {
  const flat = text.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  if (flat.length <= longestReason) return flat;
  const half = longestReason / 2;
  return `${flat.slice(0, half - 1).trim()} … ${flat.slice(2 - half).trim()}`;
}
