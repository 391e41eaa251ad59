import { PortError } from '../../ports/errors.js';

/** What a receiver is held to, one thing at a time. */
export type Check<Scene> = {
  readonly id: string;
  /** What holds when it is ok: "a wrong token is refused". */
  readonly title: string;
  /** Ids of checks without which this one would say nothing. */
  readonly needs: readonly string[];
  readonly expected: string;
  readonly remedy: string;
  /** Returns what was seen. Throws `Unmet`, or a `PortError`, when it is not as expected. */
  run(scene: Scene): Promise<string>;
};

export type Result = { readonly id: string; readonly title: string } & (
  | { readonly outcome: 'ok'; readonly seen: string; readonly tookMs: number }
  | {
      readonly outcome: 'failed';
      readonly expected: string;
      readonly came: string;
      readonly remedy: string;
      readonly tookMs: number;
    }
  | { readonly outcome: 'skipped'; readonly because: string }
  /** The platform says that it does without this, as the contract lets it. */
  | { readonly outcome: 'not_offered'; readonly came: string }
);

/** It is not as expected; `stops`: nothing after it may be tried. */
export class Unmet extends Error {
  override readonly name = 'Unmet';
  readonly stops: boolean;
  readonly remedy: string | undefined;

  constructor(came: string, { stops = false, remedy }: { stops?: boolean; remedy?: string } = {}) {
    super(came);
    this.stops = stops;
    this.remedy = remedy;
  }
}

/**
 * Runs the checks in their order. One whose needs are not met is skipped, and says why; one that needs what the platform
 * does not offer is not offered either. Throws only the reason of an abort, and what nobody foresaw.
 */
export async function* runChecks<Scene>(
  checks: readonly Check<Scene>[],
  scene: Scene,
  signal: AbortSignal,
): AsyncGenerator<Result> {
  const missed = new Set<string>();
  const notOffered = new Map<string, string>();
  let stoppedBy: string | null = null;
  for (const check of checks) {
    const { id, title } = check;
    const because = stoppedBy ?? check.needs.find((need) => missed.has(need));
    if (because !== undefined) {
      missed.add(id);
      yield { id, title, outcome: 'skipped', because };
      continue;
    }
    const without = check.needs.flatMap((need) => notOffered.get(need) ?? [])[0];
    if (without !== undefined) {
      notOffered.set(id, without);
      yield { id, title, outcome: 'not_offered', came: without };
      continue;
    }
    const beganAt = performance.now();
    try {
      signal.throwIfAborted();
      const seen = await check.run(scene);
      yield { id, title, outcome: 'ok', seen, tookMs: Math.round(performance.now() - beganAt) };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof PortError && error.code === 'NOT_OFFERED') {
        notOffered.set(id, error.message);
        yield { id, title, outcome: 'not_offered', came: error.message };
        continue;
      }
      const unmet = asUnmet(error);
      missed.add(id);
      if (unmet.stops) stoppedBy = id;
      const { message: came, remedy = check.remedy } = unmet;
      const tookMs = Math.round(performance.now() - beganAt);
      yield { id, title, outcome: 'failed', expected: check.expected, came, remedy, tookMs };
    }
  }
}

const late =
  'Answer every request within the time limit: begin slow work, answer, and let the next look tell how far it is.';

function asUnmet(error: unknown): Unmet {
  if (error instanceof Unmet) return error;
  if (error instanceof PortError) return unmetBy(error);
  throw error;
}

/** A failure of the platform, told with what lies below it. */
export function unmetBy({ message, cause }: PortError, { stops = false } = {}): Unmet {
  return cause instanceof Error && cause.name === 'TimeoutError'
    ? new Unmet(`${message} in time`, { stops, remedy: late })
    : new Unmet(message + reasonOf(cause), { stops });
}

/** What lies below a failed request, such as a refused connection. */
function reasonOf(cause: unknown): string {
  const deepest = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  if (!(deepest instanceof Error)) return '';
  const { code } = deepest as NodeJS.ErrnoException;
  // A schema's complaints are many lines, and told by what was expected.
  return deepest.name === 'ZodError' ? '' : `: ${code ?? deepest.message}`;
}
