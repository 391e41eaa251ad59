import type { Drills } from '../../src/ports/drills.js';

const none = () => Promise.reject(new Error('there are no fire drills in memory'));

/** For worlds without a database: fire drills are tried on Postgres. */
export const noDrills: Drills = {
  takeAccess: none,
  withSessions: none,
  noteSessionsEnded: none,
  noteAccessOff: none,
  toRead: none,
  order: none,
  refuse: none,
  underWay: none,
  settle: none,
  refuseWaiting: none,
  end: none,
};
