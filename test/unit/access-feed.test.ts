import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChannelEars } from '../../src/db/changes.js';
import { openFeed, type Feed } from '../../src/http/access/feed.js';

const leaseMs = 2_000;

/** A database's notifications: what is sent comes back at once, unless they are held up or swallowed. */
function createChannel() {
  let ears: ChannelEars | null = null;
  let way: 'open' | 'held' | 'swallowed' = 'open';
  const held: string[] = [];
  return {
    listen: (each: ChannelEars) => {
      ears = each;
      return { stop: () => Promise.resolve() };
    },
    tell: (payload: string) => {
      if (way === 'open') ears?.told(payload);
      else if (way === 'held') held.push(payload);
      return Promise.resolve();
    },
    up: () => ears?.up(),
    down: () => ears?.down(),
    set: (next: typeof way) => void (way = next),
    release: () => held.splice(0).forEach((payload) => ears?.told(payload)),
  };
}

let channel: ReturnType<typeof createChannel>;
let feed: Feed;
let heard: string[];

beforeEach(() => {
  vi.useFakeTimers();
  channel = createChannel();
  feed = openFeed({ listen: channel.listen, tell: channel.tell, nowMs: Date.now, everyMs: 500, leaseMs });
  heard = [];
  feed.join({ changed: (owner) => heard.push(owner), missed: () => heard.push('missed') });
  return async () => {
    await feed.stop();
    vi.useRealTimers();
  };
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('the feed of changes', () => {
  it('is not live before it listens, nor before a beat has come back', async () => {
    await pass(10_000);
    expect(feed.isLive()).toBe(false);
    channel.set('held');
    channel.up();
    await pass(0);
    expect(feed.isLive()).toBe(false);
    channel.release();
    expect(feed.isLive()).toBe(true);
  });

  it('stays live as long as beats come back', async () => {
    channel.up();
    for (let second = 0; second < 60; second += 1) {
      await pass(1_000);
      expect(feed.isLive()).toBe(true);
    }
  });

  it.each(['held', 'swallowed'] as const)(
    'is not live any more soon after notifications are %s on their way',
    async (way) => {
      channel.up();
      await pass(1_000);
      channel.set(way);
      await pass(leaseMs);
      expect(feed.isLive()).toBe(false);
    },
  );

  it('counts a beat from when it was sent, not from when it came', async () => {
    channel.set('held');
    channel.up();
    await pass(leaseMs + 1);
    channel.set('swallowed');
    await pass(1_000);
    channel.release();
    // The newest of those that were held is younger than the lease by then, the oldest is not.
    await pass(leaseMs - 1_000);
    expect(feed.isLive()).toBe(false);
  });

  it('does not take a beat of the connection before for one of this', async () => {
    channel.set('held');
    channel.up();
    await pass(0);
    channel.down();
    channel.set('swallowed');
    channel.up();
    await pass(0);
    channel.release();
    expect(feed.isLive()).toBe(false);
  });

  it('says that changes may have been missed whenever the connection comes or goes, and when all was emptied', async () => {
    channel.up();
    await pass(0);
    channel.down();
    expect(feed.isLive()).toBe(false);
    channel.up();
    await pass(0);
    await channel.tell('*');
    expect(heard).toEqual(['missed', 'missed', 'missed', 'missed']);
  });

  it('passes changes on, and nobody’s beats', async () => {
    channel.up();
    await pass(5_000);
    await channel.tell('beat:somebody-else:1:1');
    await channel.tell('key:abc');
    await channel.tell('an-account');
    expect(heard).toEqual(['missed', 'key:abc', 'an-account']);
  });
});
