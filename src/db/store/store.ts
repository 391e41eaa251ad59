import { Worker } from 'node:worker_threads';
import { proofsOf, type Arrival, type Committed } from '../queries/inbox.js';
import { batchOf, type Answer } from './batch.js';

/** Commits events as `storeEvents` does, in a thread and over a connection of its own. */
export type EventStore = {
  /** Proofs in the order of the arrivals; rejects with why not. A batch that is abandoned takes the connection with it. */
  store(arrivals: readonly Arrival[], abandoned: AbortSignal): Promise<readonly Committed[]>;
  stop(): Promise<void>;
};

/** What one of the rows holds was refused by Postgres, and not the whole batch. */
export class RowRefusedError extends Error {
  override readonly name = 'RowRefusedError';
}

/**
 * Opens the store. Its thread takes one batch at a time, and is replaced when it ended or its batch was abandoned: with
 * it goes a connection to a Postgres that vanished without a word, and nobody after it waits for the operating system to
 * give up.
 */
export function openEventStore(databaseUrl: string): EventStore {
  const begin = (): Worker => {
    const begun = startThread(databaseUrl, () => {
      if (thread === begun) thread = null;
    });
    return begun;
  };
  let thread: Worker | null = begin();
  const drop = async (): Promise<void> => {
    const dropped = thread;
    thread = null;
    await dropped?.terminate();
  };
  return {
    async store(arrivals, abandoned) {
      thread ??= begin();
      const answered = new AbortController();
      // At once, so that the next batch does not meet the thread that hangs.
      abandoned.addEventListener('abort', () => void drop(), { signal: answered.signal });
      const answer = await ask(thread, arrivals).finally(() => answered.abort());
      if (answer.stored) return proofsOf(arrivals, answer.duplicates);
      const sentence = `Postgres did not take it: ${answer.reason}`;
      throw answer.isAboutData ? new RowRefusedError(sentence) : new Error(sentence);
    },
    stop: drop,
  };
}

/** Rejects when the thread fails or ends. */
function ask(thread: Worker, arrivals: readonly Arrival[]): Promise<Answer> {
  const batch = batchOf(arrivals);
  return new Promise((resolve, reject) => {
    const leave = () => thread.off('message', answered).off('error', reject).off('exit', ended);
    const answered = (answer: Answer) => {
      leave();
      resolve(answer);
    };
    const ended = () => {
      leave();
      reject(new Error('the thread that stores events ended'));
    };
    thread.on('message', answered).on('error', reject).on('exit', ended);
    thread.postMessage(batch, [batch.payloads.buffer]);
  });
}

function startThread(databaseUrl: string, gone: () => void): Worker {
  const entry = import.meta.url.endsWith('.ts') ? './thread-from-source.mjs' : './thread.js';
  const thread = new Worker(new URL(entry, import.meta.url), { workerData: { databaseUrl } });
  // Whoever waits at that time is told as well.
  thread.on('error', () => undefined).once('exit', gone);
  return thread;
}
