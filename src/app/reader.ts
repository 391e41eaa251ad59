import { createForbearClient, type ForbearClient, type ForbearClientOptions } from './forbear-client.js';
import type { AccessAnswer } from './contract.js';
import { ForbearError, localError } from './errors.js';
import { createLru } from './lru.js';
import type { Reading, WhenUnknown } from './reading.js';

export type ReaderOptions = ({ readonly client: ForbearClient } | ForbearClientOptions) & {
  /** What to do while Forbear doesn't answer and nothing younger than `staleMs` is at hand. Your choice: there is no default. */
  readonly whenUnknown: WhenUnknown;
  /** What to do with accounts that Forbear says it doesn't know. As `whenUnknown` unless told. */
  readonly whenNotFound?: WhenUnknown;
  /** Told of each failed look-up, and once of each account that Forbear doesn't know. */
  readonly onProblem: (error: ForbearError) => void;
  /** For how long an answer is used without asking again. 1 s unless told: a payer waits for as long. */
  readonly maxAgeMs?: number;
  /** For how long an answer is used while Forbear doesn't answer. 5 min unless told. */
  readonly staleMs?: number;
  /** 10,000 unless told. */
  readonly maxAccounts?: number;
  /** Milliseconds since 1970. The system's clock unless told. */
  readonly now?: () => number;
};

/** The access of accounts, kept for a short time. One for an app: middleware, receiver and flags share it. */
export type AccessReader = {
  /** Never throws: what can't be known is a reading, too. Waits for no longer than the client's time limit. */
  read(account: string): Promise<Reading>;
  /** Forgets an account, by any of its names: whoever reads it next asks Forbear. */
  drop(account: string): void;
  /** Takes over what was pushed at `atMs`, unless something newer is known. The next read still asks Forbear. */
  accept(answer: AccessAnswer, atMs: number): void;
  /** Changes may have been missed: every account is asked for anew when it is read next. */
  expire(): void;
};

type Entry = {
  readonly answer: AccessAnswer | null;
  /** When Forbear was asked for `answer`, or pushed it. */
  readonly answeredAt: number;
  readonly triedAt: number;
  readonly isDue: boolean;
  /** Why the last look-up brought nothing. */
  readonly error: ForbearError | null;
};

type Flight = { readonly startedAt: number; readonly landing: Promise<Entry> };

// Who has just waited in vain for Forbear does not wait again: the next look-ups go on behind the requests' backs.
const noWaitMs = 10_000;
// Forbear's limits are of a minute: whoever says more is a proxy that may have been wrong.
const longestRestMs = 60_000;
// Some runtimes end what a finished request has begun, and then nobody lands.
const longestFlightMs = 30_000;

/** Throws a `TypeError` for options that can't work. */
export function createAccessReader(options: ReaderOptions): AccessReader {
  const { maxAgeMs = 1_000, staleMs = 300_000, maxAccounts = 10_000, now = Date.now } = options;
  checkNumbers({ maxAgeMs, staleMs, maxAccounts });
  checkChoice(options.whenUnknown);
  const client = 'client' in options ? options.client : createForbearClient(options);
  const entries = createLru<Entry>(maxAccounts);
  const flights = new Map<string, Flight>();

  const isFresh = ({ isDue, triedAt, error }: Entry) => {
    const lastsMs = error === null ? maxAgeMs : Math.max(maxAgeMs, restMsAfter(error));
    return !isDue && isWithin(now() - triedAt, lastsMs);
  };

  const hasJustFailed = ({ error, isDue, triedAt }: Entry) =>
    error !== null && error.code !== 'not_found' && !isDue && isWithin(now() - triedAt, noWaitMs);

  function tell(error: ForbearError): void {
    try {
      options.onProblem(error);
    } catch {
      // Whoever listens badly must not take the app down.
    }
  }

  async function lookUp(account: string, last: Entry | undefined): Promise<Entry> {
    const triedAt = now();
    const known = last?.answer ?? null;
    try {
      const changed =
        known === null ? await client.access(account) : await client.accessSince(account, known.version);
      return { answer: changed ?? known, answeredAt: triedAt, triedAt, isDue: false, error: null };
    } catch (cause) {
      const error = asForbearError(cause);
      const isNotFound = error.code === 'not_found';
      if (!isNotFound || last?.error?.code !== 'not_found') tell(error);
      // That there is no such account is an answer, too: nothing older holds against it.
      const answer = isNotFound ? null : known;
      return { answer, answeredAt: last?.answeredAt ?? triedAt, triedAt, isDue: false, error };
    }
  }

  function flightOf(account: string, last: Entry | undefined): Flight {
    const current = flights.get(account);
    if (current !== undefined && isWithin(now() - current.startedAt, longestFlightMs)) return current;
    const landing = lookUp(account, last).then((entry) => {
      // Forgotten or overtaken while it was under way: what it brings may be older than what made that happen.
      if (flights.get(account) !== flight) return entry;
      flights.delete(account);
      entries.set(account, entry);
      return entry;
    });
    const flight: Flight = { startedAt: now(), landing };
    flights.set(account, flight);
    return flight;
  }

  function readingOf({ answer, answeredAt, error }: Entry): Reading {
    if (answer !== null && error === null) return { isKnown: true, answer, isStale: false };
    if (answer !== null && isWithin(now() - answeredAt, staleMs))
      return { isKnown: true, answer, isStale: true };
    const { whenUnknown, whenNotFound = whenUnknown } = options;
    const then = error?.code === 'not_found' ? whenNotFound : whenUnknown;
    return { isKnown: false, then, error: error ?? asForbearError(null) };
  }

  /** All that is held of an account, by whichever of its names it was asked for. */
  function namesOf(account: string, ref: string | null): readonly string[] {
    const named = [account, ...(ref === null ? [] : [`ref:${ref}`, ref])];
    const held = [...entries.entries()].filter(([, { answer }]) => answer?.account.id === account);
    return [...new Set([...named, ...held.map(([name]) => name)])];
  }

  return {
    async read(account) {
      const last = entries.get(account);
      if (last !== undefined && isFresh(last)) return readingOf(last);
      const { landing } = flightOf(account, last);
      return readingOf(last !== undefined && hasJustFailed(last) ? last : await landing);
    },
    drop(account) {
      const id = entries.get(account)?.answer?.account.id ?? account;
      for (const name of new Set([account, ...namesOf(id, null)])) {
        entries.delete(name);
        flights.delete(name);
      }
    },
    expire() {
      // What is under way may have been answered before what was missed.
      flights.clear();
      for (const [name, entry] of [...entries.entries()]) entries.set(name, { ...entry, isDue: true });
    },
    accept(answer, atMs) {
      for (const name of namesOf(answer.account.id, answer.account.ref)) {
        flights.delete(name);
        const last = entries.get(name);
        if (last === undefined) continue;
        const isNewer = last.answer === null || atMs > last.answeredAt;
        entries.set(name, {
          ...(isNewer ? { answer, answeredAt: Math.min(atMs, now()) } : last),
          triedAt: last.triedAt,
          isDue: true,
          error: last.error?.code === 'not_found' ? null : last.error,
        });
      }
    },
  };
}

/** Asked again at most once a second while it fails, and not before a limit that was reached is over. */
function restMsAfter({ code, retryAfterMs }: ForbearError): number {
  return code === 'rate_limited' ? Math.min(Math.max(retryAfterMs ?? 0, 1_000), longestRestMs) : 1_000;
}

/** Also false when the clock was set back: then nothing is known of an age. */
function isWithin(ageMs: number, limitMs: number): boolean {
  return ageMs >= 0 && ageMs < limitMs;
}

function asForbearError(cause: unknown): ForbearError {
  if (cause instanceof ForbearError) return cause;
  const remedy = 'this is a mistake of the client that was given: its calls throw ForbearError only';
  return localError('unreachable', 'Forbear was not asked', remedy, { cause });
}

function checkNumbers(limits: Readonly<Record<string, number>>): void {
  for (const [name, limit] of Object.entries(limits))
    if (!Number.isFinite(limit) || limit < (name === 'maxAccounts' ? 1 : 0))
      throw new TypeError(
        `${name} is ${limit}: give a number of at least ${name === 'maxAccounts' ? 1 : 0}.`,
      );
}

function checkChoice(whenUnknown: unknown): void {
  if (whenUnknown !== 'open' && whenUnknown !== 'closed')
    throw new TypeError(
      "whenUnknown is to be 'open' (let people in) or 'closed' (keep them out) while Forbear doesn't answer: choose one.",
    );
}
