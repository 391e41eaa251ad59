import { within } from '../within.js';

/** What is needed for an answer doesn't answer itself: whoever asked should ask again. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

// Longer than any healthy answer of a database, shorter than the two seconds that forbear/client waits.
const patienceMs = 1_500;

/** The work's result; rejects with `UnavailableError` when it fails or takes too long. */
export async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  return within(patienceMs, work).catch((cause: unknown) => {
    throw new UnavailableError('the database does not answer', { cause });
  });
}
