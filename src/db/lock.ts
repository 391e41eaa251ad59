import postgres from 'postgres';

export type Lock = {
  /** Whether this process has it now. It is kept until closed, or until the connection is lost: so ask before each use. */
  tryHold(): Promise<boolean>;
  close(): Promise<void>;
};

/** A lock that one process at a time holds, on a connection of its own: Postgres frees it when that connection ends. */
export function openLock(url: string, key: number): Lock {
  const client = postgres(url, {
    max: 1,
    idle_timeout: 0,
    // A connection that is renewed by itself would lose the lock without need.
    max_lifetime: null,
    connect_timeout: 5,
    backoff: () => 0.5,
    onnotice: () => undefined,
    connection: { application_name: 'forbear' },
  });
  return {
    async tryHold() {
      // The session that has it gets it again. A host that vanishes without a word would keep it for hours.
      const [row] = await client<{ held: boolean }[]>`
        select pg_try_advisory_lock(${key}) as held, set_config('tcp_keepalives_idle', '30', false),
          set_config('tcp_keepalives_interval', '10', false), set_config('tcp_keepalives_count', '3', false)`;
      return row?.held === true;
    },
    close: () => client.end({ timeout: 5 }),
  };
}
