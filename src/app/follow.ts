import { changeIn } from './change.js';
import {
  connectionTo,
  parseJson,
  refusalOf,
  retryAfterOf,
  unreachable,
  type Connection,
  type ConnectionOptions,
} from './connection.js';
import { ForbearError, localError } from './errors.js';
import type { AccessReader } from './reader.js';
import { serverEvents } from './server-events.js';

export type FollowOptions = ConnectionOptions & {
  /** What the app asks by; it is told of every change. */
  readonly reader: AccessReader;
  /** Which accounts, a hundred at most; all of them unless told. */
  readonly accounts?: readonly string[];
  /** Told of each connection that failed. */
  readonly onProblem: (error: ForbearError) => void;
  /** After how long a connection that says nothing counts as dead. 45 s unless told; Forbear says something every 15 s. */
  readonly silenceMs?: number;
  /** How long to wait after the first failure. 2 s unless told; after each further one twice as long, up to 30 s. */
  readonly retryMs?: number;
};

export type Following = { stop(): void };

const longestRestMs = 30_000;

/**
 * Follows changes over a connection that the app opens, for an app to which Forbear can't send; until stopped, anew whenever it
 * breaks. The reader asks anew for all it keeps whenever something may have been missed. Throws a `TypeError` for options that can't work.
 */
export function followAccess(options: FollowOptions): Following {
  const { reader, onProblem, accounts = [], silenceMs = 45_000, retryMs = 2_000, ...to } = options;
  const connect = connectionTo(to);
  const over = new AbortController();
  const search = new URLSearchParams(accounts.map((account): [string, string] => ['account', account]));
  const path = `/v1/access/stream${accounts.length === 0 ? '' : `?${search.toString()}`}`;

  async function follow(): Promise<void> {
    let failures = 0;
    while (!over.signal.aborted) {
      const problem = await followOnce({ connect, path, reader, silenceMs, over: over.signal });
      // What happens until it is connected again is missed.
      reader.expire();
      failures = problem === null ? 0 : failures + 1;
      if (over.signal.aborted) return;
      if (problem !== null) tell(onProblem, problem);
      const restMs = Math.min(retryMs * 2 ** Math.max(0, failures - 1), longestRestMs);
      await rest(Math.max(restMs, Math.min(problem?.retryAfterMs ?? 0, longestRestMs)), over.signal);
    }
  }

  void follow();
  return { stop: () => over.abort() };
}

type Once = {
  readonly connect: Connection;
  readonly path: string;
  readonly reader: AccessReader;
  readonly silenceMs: number;
  readonly over: AbortSignal;
};

/** One connection, to its end: `null` when Forbear ended it, as it does after a while, else what was wrong. */
async function followOnce({ connect, path, reader, silenceMs, over }: Once): Promise<ForbearError | null> {
  const silence = new AbortController();
  const alarm = () => setTimeout(() => silence.abort(), silenceMs);
  let running = alarm();
  try {
    const signal = AbortSignal.any([over, silence.signal]);
    const response = await connect(path, { accept: 'text/event-stream' }, signal);
    if (response.status !== 200 || response.body === null) return await refusalIn(response);
    for await (const { name, data } of serverEvents(response.body)) {
      clearTimeout(running);
      running = alarm();
      if (name === 'reset') reader.expire();
      if (name === 'access.changed') accept(reader, data);
    }
    return null;
  } catch (cause) {
    if (cause instanceof ForbearError) return cause;
    if (!silence.signal.aborted) return unreachable(cause);
    const remedy = 'look whether a proxy between the app and Forbear holds back what it gets';
    return localError('timeout', `Forbear said nothing for ${silenceMs} ms`, remedy);
  } finally {
    clearTimeout(running);
  }
}

function accept(reader: AccessReader, data: string): void {
  const change = changeIn(data);
  if (change !== null) reader.accept(change.answer, change.atMs);
}

async function refusalIn(response: Response): Promise<ForbearError> {
  return refusalOf(response.status, parseJson(await response.text()), retryAfterOf(response));
}

function tell(onProblem: (error: ForbearError) => void, error: ForbearError): void {
  try {
    onProblem(error);
  } catch {
    // Whoever listens badly must not end the following.
  }
}

function rest(ms: number, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      over.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    over.addEventListener('abort', end);
  });
}
