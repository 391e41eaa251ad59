import { loadedOnce } from './loaded-once.js';
import type { Inspection } from './ports/inspection.js';
import type { SessionStore } from './ports/sessions.js';
import type { SessionConfig } from './session-settings.js';

/**
 * Where forbear.yaml says that the app keeps its sessions, as the port that everything else knows. Connects nothing yet, and
 * loads the vendor's package at the first use: who has none never pays for it.
 */
export const openSessionStore = (config: SessionConfig & { readonly timeoutMs?: number }): SessionStore =>
  lazySessions(config.name, () => load(config));

async function load(config: SessionConfig & { readonly timeoutMs?: number }): Promise<SessionStore> {
  switch (config.kind) {
    case 'redis':
      return (await import('./adapters/redis/sessions.js')).createRedisSessions(config);
    case 'memcached':
      return (await import('./adapters/memcached/sessions.js')).createMemcachedSessions(config);
    case 'http':
      return (await import('./adapters/http-sessions/sessions.js')).createHttpSessions(config);
  }
}

function lazySessions(name: string, load: () => Promise<SessionStore>): SessionStore {
  const { get: loaded, known } = loadedOnce(load);
  return {
    name,
    end: async (...args) => (await loaded()).end(...args),
    left: async (...args) => (await loaded()).left(...args),
    inspect: async (): Promise<Inspection> => (await loaded()).inspect(),
    // What was never used has nothing to close.
    close: async () => (await known())?.close(),
  };
}
