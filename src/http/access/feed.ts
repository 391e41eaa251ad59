import { randomUUID } from 'node:crypto';
import type { ChannelEars } from '../../db/changes.js';

const keyMark = 'key:';

/** How the feed names a key, by its hash; accounts it names by their ids. */
export const keyOwner = (hash: string) => `${keyMark}${hash}`;
export const isKeyOwner = (owner: string) => owner.startsWith(keyMark);

/** Who keeps something that a change may make out of date. */
export type FeedEars = {
  /** Whatever is kept of this owner is out of date. */
  changed(owner: string): void;
  /** Changes may have been missed: whatever is kept or being read may be out of date. */
  missed(): void;
};

export type Feed = {
  /** Whether every change that was committed more than a moment ago has been told. */
  isLive(): boolean;
  /** Whoever has heard enough calls what is returned. */
  join(ears: FeedEars): () => void;
  stop(): Promise<void>;
};

export type FeedDeps = {
  readonly listen: (ears: ChannelEars) => { stop(): Promise<void> };
  /** Sends a notification the way that changes take, so that it comes after all that were committed before. */
  readonly tell: (payload: string) => Promise<void>;
  /** Never goes back; milliseconds. */
  readonly nowMs?: () => number;
  readonly everyMs?: number;
  readonly leaseMs?: number;
};

const beatMark = 'beat:';

/**
 * Hears of changes in the database, and knows whether it hears: beats of its own go the whole way through, also over a
 * pooler that swallows notifications or a connection that is half dead. One that has come back vouches for `leaseMs` from its sending on.
 */
export function openFeed({ listen, tell, ...timing }: FeedDeps): Feed {
  const { nowMs = () => performance.now(), everyMs = 500, leaseMs = 2_000 } = timing;
  const own = `${beatMark}${randomUUID()}:`;
  const joined = new Set<FeedEars>();
  let isUp = false;
  let isBeating = false;
  let connection = 0;
  let vouchedUntil = -Infinity;

  const beat = async () => {
    if (!isUp || isBeating) return;
    isBeating = true;
    // A beat of an earlier connection says nothing of this one.
    await tell(`${own}${connection}:${nowMs()}`).catch(() => undefined);
    isBeating = false;
  };
  const missed = () => joined.forEach((ears) => ears.missed());
  const ears: ChannelEars = {
    up() {
      isUp = true;
      connection += 1;
      vouchedUntil = -Infinity;
      missed();
      void beat();
    },
    down() {
      isUp = false;
      missed();
    },
    told(payload) {
      if (payload === '*') missed();
      else if (!payload.startsWith(beatMark)) joined.forEach((each) => each.changed(payload));
      else if (payload.startsWith(own)) {
        const [of, sentAt] = payload.slice(own.length).split(':').map(Number);
        if (of === connection && sentAt !== undefined) vouchedUntil = sentAt + leaseMs;
      }
    },
  };
  const listening = listen(ears);
  const beating = setInterval(() => void beat(), everyMs);
  return {
    isLive: () => isUp && nowMs() < vouchedUntil,
    join(each) {
      joined.add(each);
      return () => void joined.delete(each);
    },
    async stop() {
      clearInterval(beating);
      await listening.stop();
    },
  };
}
