import { describe, expect, it } from 'vitest';
import { PortError } from '../../src/ports/errors.js';
import type { SessionStore } from '../../src/ports/sessions.js';
import { liftUpdate, restrictUpdate } from '../../workflows/messages.js';
import { openSessionStore } from '../../src/wiring-sessions.js';
import { memcachedMissing, startMemcached } from '../support/memcached.js';
import { formerSizes } from '../support/memory-world.js';
import { redisMissing, startRedis } from '../support/redis.js';
import type { Trial } from '../support/time-skipping.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const allOff = { web: 0, worker: 0, cron: 0 };
const chargeback = { reason: 'chargeback dp_123', by: 'dana' };
const revoke = (trial: Trial) =>
  trial.ask({ kind: 'restrict', id: crypto.randomUUID(), input: { access: 'revoked', ...chargeback } });
const restrictionOf = (trial: Trial) => trial.access().restrictions[0];

type Seen = { readonly refs: readonly string[]; readonly access: string; readonly sizes: object };

/** A store that notes how the account stood each time it was told; `fails`: so often it can't be reached first. */
function storeOf(trial: () => Trial, fails = 0) {
  const seen: Seen[] = [];
  const store: SessionStore = {
    name: 'app',
    async end(accounts) {
      await Promise.resolve();
      const refs = accounts.map(({ ref }) => ref);
      seen.push({ refs, access: trial().access().access, sizes: trial().sizes() });
      if (seen.length <= fails) throw new PortError('TARGET_UNAVAILABLE', 'app: no answer');
      return refs.map((ref) => ({ ref, ended: 3 }));
    },
    left: () => Promise.resolve(0),
    inspect: () => Promise.resolve({ reached: 'app', rights: [] }),
    close: () => Promise.resolve(),
  };
  return { store, seen };
}

describeInTime('CB-2 an account that is revoked', ({ open, openInArrears }) => {
  it('can’t sign in first, then loses its sessions, then all that runs, and only then is called revoked', async () => {
    const { store, seen } = storeOf(() => trial);
    const trial: Trial = await open({ sessionStores: [store] });
    await revoke(trial);
    await trial.quiet();
    expect(seen).toEqual([{ refs: ['acme'], access: 'revoked_pending', sizes: formerSizes }]);
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.customerScales('web', 1)).toBe(false);
    expect(trial.access().access).toBe('revoked');
    expect(restrictionOf(trial)).toMatchObject({
      reason: 'manual',
      owner: 'dana',
      evidence: 'chargeback dp_123',
    });
    expect(trial.sessionEnds.endedAt(trial.account.id)).not.toBeNull();
    expect(trial.file()).toMatchObject({ stage: 'paused', manual: { access: 'revoked', state: 'imposed' } });
  });

  it('leaves in the audit log who, when, why, and how many sessions ended', async () => {
    const { store } = storeOf(() => trial);
    const trial: Trial = await open({ sessionStores: [store] });
    await revoke(trial);
    await trial.quiet();
    expect(trial.ordered()).toMatchObject([{ kind: 'restrict', ...chargeback }]);
    const outcome = trial
      .audit()
      .find(({ kind, effect }) => kind === 'outcome' && effect.endsWith('restrict/1'));
    expect(outcome?.body['evidence']).toBe('sessions ended: 3 in app; 3 resources revoked');
    expect(trial.effects()).toEqual({ 'restrict/1': ['intent', 'done'] });
  });

  it('stays pending while a store of sessions can’t be told, and is revoked once it can', async () => {
    const { store, seen } = storeOf(() => trial, 2);
    const trial: Trial = await open({ sessionStores: [store] });
    await revoke(trial);
    await trial.quiet();
    expect(seen.map(({ access }) => access)).toEqual(Array(3).fill('revoked_pending'));
    expect(trial.access().access).toBe('revoked');
    expect(trial.sizes()).toEqual(allOff);
  });

  it('TT-5 gets exactly its own back when a person lifts it, and its old sessions stay over', async () => {
    const trial = await openInArrears();
    await revoke(trial);
    await trial.quiet();
    const endedAt = trial.sessionEnds.endedAt(trial.account.id);
    await trial.pays();
    expect(trial.sizes()).toEqual(allOff);
    await trial.order(liftUpdate, { restriction: 'manual', reason: 'dispute won', by: 'kim' });
    await trial.quiet();
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.access()).toMatchObject({ access: 'active', restrictions: [] });
    expect(trial.sessionEnds.endedAt(trial.account.id)).toBe(endedAt);
    expect(await trial.isOver()).toBe(true);
  });

  it('can’t be made suspended by hand again without a lift', async () => {
    const trial = await open();
    await revoke(trial);
    await trial.quiet();
    const weaker = trial.order(restrictUpdate, { access: 'suspended', reason: 'less', by: 'kim' });
    await expect(weaker).rejects.toMatchObject({
      cause: { message: 'it is revoked by hand: lift that first' },
    });
  });
});

const missing = `${redisMissing}${memcachedMissing}`;

describe.skipIf(missing !== '')(`CB-2 the sessions of an account that is revoked${missing}`, () => {
  describeInTime('in real stores', ({ open }) => {
    it('are gone from Redis and Memcached, and nobody else’s are', async () => {
      const [redis, memcached] = await Promise.all([startRedis(), startMemcached()]);
      const [kept, cached] = [
        openSessionStore({
          kind: 'redis',
          name: 'app',
          urls: [redis.url],
          cluster: false,
          by: 'index',
          index: 'sessions:{ref}',
          session: 'session:{id}',
        }),
        openSessionStore({
          kind: 'memcached',
          name: 'web',
          servers: [{ host: '127.0.0.1', port: memcached.port }],
          by: 'keys',
          keys: ['session:{ref}'],
        }),
      ];
      try {
        for (const ref of ['acme', 'other']) {
          await redis.ask('SADD', `sessions:${ref}`, `${ref}-1`, `${ref}-2`);
          for (const n of [1, 2]) await redis.ask('SET', `session:${ref}-${n}`, 'signed in');
          await memcached.client.set(`session:${ref}`, 'signed in', {});
        }
        const trial = await open({ sessionStores: [kept, cached] });
        await revoke(trial);
        await trial.quiet();
        expect(trial.access().access).toBe('revoked');
        expect(await redis.ask('KEYS', 'session*:acme*')).toEqual([]);
        expect(await redis.ask('EXISTS', 'session:other-1', 'session:other-2', 'sessions:other')).toBe(3);
        expect((await memcached.client.get('session:acme')).value).toBeNull();
        expect(String((await memcached.client.get('session:other')).value)).toBe('signed in');
        const outcome = trial.audit().find(({ kind }) => kind === 'outcome');
        expect(outcome?.body['evidence']).toMatch(
          /^sessions ended: 2 in app, 1 in web; 3 resources revoked$/,
        );
      } finally {
        await Promise.all([kept.close(), cached.close(), redis.close(), memcached.close()]);
      }
    });
  });
});
