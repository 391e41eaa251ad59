import { loadedOnce } from './loaded-once.js';
import type { Target } from './ports/target.js';

/**
 * A target whose adapter, with the packages of its vendor, is loaded at its first use: who has nothing there never pays
 * for it. A load that fails is tried again by the next call.
 */
export function lazyTarget(
  name: string,
  load: () => Promise<Target>,
  known: Pick<Target, 'startsWithinMs'> = {},
): Target {
  const loaded = loadedOnce(load).get;
  return {
    name,
    ...known,
    find: async (...args) => (await loaded()).find(...args),
    snapshot: async (...args) => (await loaded()).snapshot(...args),
    drain: async (...args) => (await loaded()).drain(...args),
    pause: async (...args) => (await loaded()).pause(...args),
    lock: async (...args) => (await loaded()).lock(...args),
    probe: async (...args) => (await loaded()).probe(...args),
    resume: async (...args) => (await loaded()).resume(...args),
    unlock: async (...args) => (await loaded()).unlock(...args),
    archive: async (...args) => (await loaded()).archive(...args),
    verifyArchive: async (...args) => (await loaded()).verifyArchive(...args),
    decommission: async (...args) => (await loaded()).decommission(...args),
    inspect: async () => (await loaded()).inspect(),
  };
}
