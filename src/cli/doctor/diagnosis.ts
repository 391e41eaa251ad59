import { within } from '../../within.js';

/**
 * What was found of one part: `ok` · `warning`: it runs, and something should be seen to · `broken` · `unknown`: it could
 * not be looked at.
 */
export type Diagnosis = {
  readonly part: string;
  readonly state: 'ok' | 'warning' | 'broken' | 'unknown';
  readonly text: string;
  /** What to do about it; `null` where there is nothing to do. */
  readonly remedy: string | null;
};

export const ok = (part: string, text: string): Diagnosis => ({ part, state: 'ok', text, remedy: null });
export const warning = (part: string, text: string, remedy: string): Diagnosis => ({
  part,
  state: 'warning',
  text,
  remedy,
});
export const broken = (part: string, text: string, remedy: string): Diagnosis => ({
  part,
  state: 'broken',
  text,
  remedy,
});
export const unknown = (part: string, text: string, remedy: string): Diagnosis => ({
  part,
  state: 'unknown',
  text,
  remedy,
});

// Whoever asks a doctor sits and waits.
const patienceMs = 10_000;

/** Looks at one part; what it throws is what is wrong with it. */
export async function examine(
  part: string,
  remedy: string,
  look: () => Promise<readonly Diagnosis[]>,
): Promise<readonly Diagnosis[]> {
  try {
    return await within(patienceMs, look());
  } catch (error) {
    return [broken(part, sentenceOf(error), remedy)];
  }
}

/** The first line of the deepest cause: what is above it repeats the query or the call. */
function sentenceOf(error: unknown): string {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  if (!(at instanceof Error)) return String(at);
  const [line = ''] = at.message.split('\n');
  const { code } = at as NodeJS.ErrnoException;
  return line === '' ? (code ?? at.name) : line;
}
