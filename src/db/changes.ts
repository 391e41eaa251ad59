import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import type { Executor } from './client.js';

export const accessChannel = 'forbear_access';

/** What is told of a channel. */
export type ChannelEars = {
  /** Listening from now on; what was told before, also between two connections, is lost. */
  up(): void;
  down(): void;
  told(payload: string): void;
};

const listenAgainMs = 500;

/**
 * Listens on a connection of its own until stopped, anew whenever that was lost, and says when it does and when it doesn't.
 * Never throws: a database that is down is one that tells nothing.
 */
export function listenOn(url: string, channel: string, ears: ChannelEars): { stop(): Promise<void> } {
  let isStopped = false;
  let closed = () => undefined as void;
  const options = {
    max: 1,
    connect_timeout: 5,
    backoff: () => 0.5,
    idle_timeout: undefined,
    max_lifetime: null,
    fetch_types: false,
    onnotice: () => undefined,
    connection: { application_name: 'forbear listening' },
    onclose: () => closed(),
    // Not in the package's types; its own `listen` is built on it, but hides when the connection is lost.
    onnotify: (_: string, payload: string) => ears.told(payload),
  };
  const client = postgres(url, options);
  const loop = async () => {
    while (!isStopped) {
      const isClosed = new Promise<void>((resolve) => (closed = resolve));
      const isUp = await client.unsafe(`listen "${channel}"`).then(
        () => true,
        () => false,
      );
      if (isUp) {
        ears.up();
        await isClosed;
        ears.down();
      } else await pause(listenAgainMs);
    }
  };
  const done = loop();
  return {
    async stop() {
      isStopped = true;
      await client.end({ timeout: 1 });
      closed();
      await done;
    },
  };
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Tells everybody who listens on the channel, this process too. */
export async function tell(db: Executor, channel: string, payload: string): Promise<void> {
  await db.execute(sql`select pg_notify(${channel}, ${payload})`);
}
