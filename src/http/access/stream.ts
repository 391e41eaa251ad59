import { createBacklog } from './backlog.js';
import type { Bodies, Body } from './bodies.js';
import type { Feed } from './feed.js';

/**
 * `changed`: an account's answer as it is now · `reset`: changes may have been missed, whatever is kept is to be asked for
 * anew · `alive`: nothing has changed for a while.
 */
export type StreamEvent =
  | { readonly event: 'changed'; readonly body: Body }
  | { readonly event: 'reset' }
  | { readonly event: 'alive' };

export type Followed = {
  /** By our ids; `null` for all accounts there are. */
  readonly accounts: ReadonlySet<string> | null;
  /** As the feed names the key with which was asked: when it changes the stream ends. */
  readonly key: string;
  readonly signal: AbortSignal;
};

export type StreamDeps = {
  readonly feed: Feed;
  readonly bodies: Bodies;
  readonly nowMs: () => number;
};

const aliveEveryMs = 15_000;
// Whoever follows longer asks anew, and his key is looked at anew.
const longestMs = 15 * 60_000;

/**
 * Tells of accounts as they change: of those that are named also as they are at the beginning. Ends with its signal, its key,
 * or after a quarter of an hour. Throws `UnavailableError` when the database does not answer.
 */
export async function* follow(
  { accounts, key, signal }: Followed,
  { feed, bodies, nowMs }: StreamDeps,
): AsyncGenerator<StreamEvent> {
  const backlog = createBacklog(accounts);
  const over = new AbortController();
  const isOver = AbortSignal.any([signal, over.signal]);
  let wake = () => undefined as void;
  const leave = feed.join({
    changed(owner) {
      if (owner === key) over.abort();
      backlog.changed(owner);
      wake();
    },
    missed() {
      backlog.startOver();
      wake();
    },
  });
  const endsAt = nowMs() + longestMs;
  try {
    while (!isOver.aborted && nowMs() < endsAt) {
      const woken = new Promise<void>((resolve) => (wake = resolve));
      if (backlog.takeReset()) yield { event: 'reset' };
      for (const account of backlog.take(nowMs())) {
        const body = bodies.kept(account) ?? (await bodies.read(account));
        if (body !== undefined && backlog.isNews(account, body)) yield { event: 'changed', body };
      }
      if (!backlog.isEmpty()) continue;
      const waitMs = Math.min(aliveEveryMs, backlog.nextEnd() - nowMs());
      if ((await first(woken, waitMs, isOver)) === 'late' && waitMs === aliveEveryMs)
        yield { event: 'alive' };
    }
  } finally {
    leave();
  }
}

/** Which comes first: being woken, the time, or the end. */
function first(woken: Promise<void>, ms: number, isOver: AbortSignal): Promise<'woken' | 'late' | 'over'> {
  return new Promise((resolve) => {
    const end = () => settle('over');
    const timer = setTimeout(() => settle('late'), Math.max(0, ms));
    const settle = (what: 'woken' | 'late' | 'over') => {
      clearTimeout(timer);
      isOver.removeEventListener('abort', end);
      resolve(what);
    };
    isOver.addEventListener('abort', end);
    void woken.then(() => settle('woken'));
  });
}
