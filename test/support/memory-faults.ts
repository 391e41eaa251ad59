import type { Cases } from '../../src/ports/cases.js';
import type { Claims } from '../../src/ports/claims.js';
import type { Resource, Target } from '../../src/ports/target.js';

type Guarded = 'archive' | 'verifyArchive' | 'decommission' | 'lock' | 'pause' | 'resume';

/** A platform with a door before some of its calls, at which a test can stand. */
export function createDoors(target: Target) {
  const doors = new Map<Guarded, (id: string) => Promise<unknown>>();
  const pass = (method: Guarded, { id }: Resource) => doors.get(method)?.(id) ?? Promise.resolve();
  const guarded: Target = {
    ...target,
    archive: async (account, resource) => {
      await pass('archive', resource);
      return target.archive(account, resource);
    },
    verifyArchive: async (account, resource, location) => {
      await pass('verifyArchive', resource);
      return target.verifyArchive(account, resource, location);
    },
    decommission: async (account, resource) => {
      await pass('decommission', resource);
      return target.decommission(account, resource);
    },
    lock: async (account, resource) => {
      await pass('lock', resource);
      return target.lock(account, resource);
    },
    pause: async (account, resource) => {
      await pass('pause', resource);
      return target.pause(account, resource);
    },
    resume: async (account, resource, state) => {
      await pass('resume', resource);
      return target.resume(account, resource, state);
    },
  };
  const before = (method: Guarded, work: (id: string) => Promise<unknown>) => void doors.set(method, work);
  return { target: guarded, before };
}

/** The projection with an outage. */
export function createRegistry(cases: Cases) {
  let failures = 0;
  const save: Cases['save'] = async (file, next, at) => {
    if (failures > 0) {
      failures -= 1;
      throw new Error('the database is gone');
    }
    await cases.save(file, next, at);
  };
  return { cases: { ...cases, save }, failSaves: (times: number) => void (failures += times) };
}

/** Claims of which each is reported once it was answered. */
export function watched(claims: Claims, claimed: () => void): Claims {
  return {
    ...claims,
    claim: async (request) => {
      const claim = await claims.claim(request);
      claimed();
      return claim;
    },
  };
}
