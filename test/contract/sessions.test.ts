import { describe } from 'vitest';
import { createMemorySessions } from '../../src/adapters/memory/sessions.js';
import { keepsThePromisesOfSessions, type SessionWorld } from '../support/sessions.js';

function memoryWorld(): Promise<SessionWorld> {
  const store = createMemorySessions();
  const failures: (() => void)[] = [];
  let isDown = false;
  const failing = (code: 'TARGET_UNAVAILABLE' | 'TARGET_REFUSED', executed = false) =>
    failures.push(() => store.failNext('end', code, executed));
  return Promise.resolve({
    store: {
      ...store,
      end: (accounts, at) => {
        failures.splice(0).forEach((arm) => arm());
        if (isDown) store.failNext('end', 'TARGET_UNAVAILABLE');
        return store.end(accounts, at);
      },
      left: (account, at) => {
        if (isDown) store.failNext('left', 'TARGET_UNAVAILABLE');
        return store.left(account, at);
      },
    },
    signIn: (ref, device, issuedAt) => Promise.resolve(store.signIn(ref, device, issuedAt)),
    isLetIn: (ref, device) => Promise.resolve(store.isLetIn(ref, device)),
    counts: { ended: true, left: true },
    knowsInstants: true,
    refuses: [],
    spoil: null,
    loseRights: () => {
      failing('TARGET_REFUSED');
      return Promise.resolve();
    },
    down: () => {
      isDown = true;
      return Promise.resolve();
    },
    up: () => {
      isDown = false;
      return Promise.resolve();
    },
    mute: (isMute) => {
      if (isMute) failing('TARGET_UNAVAILABLE', true);
      return Promise.resolve();
    },
    close: () => store.close(),
  });
}

describe('sessions in memory', () => {
  keepsThePromisesOfSessions(memoryWorld);
});
