import type { ResourceState } from '../../ports/target.js';
import { Unmet, type Check } from './check.js';
import { each, eventually, mustBeBack, mustBeExact, mustProbe, type Kept, type Scene } from './scene.js';

// A real account has more, and was named by mistake.
const mostResources = 10;

const lockWatchMs = 1_000;

export const listCheck: Check<Scene> = {
  id: 'list',
  title: 'lists the resources of the account',
  needs: [],
  expected: `200 {"resources": [{"id", "kind"}, …], "next": null}, with 1 to ${mostResources} resources, each id once`,
  remedy:
    'Give the test account one running resource or a few, and list all of them, also those that are off.',
  async run(scene) {
    const found = await scene.target.find(scene.account);
    if (found.length === 0) throw new Unmet('an empty list: there is nothing to try it on');
    if (found.length > mostResources)
      throw new Unmet(`${found.length} resources: this is no test account`, { stops: true });
    const ids = found.map(({ id }) => id);
    if (new Set(ids).size < ids.length) throw new Unmet(`an id twice: ${ids.join(', ')}`);
    scene.resources = found;
    return found.map(({ kind, id }) => `${kind} ${id}`).join(', ');
  },
};

export const lookCheck: Check<Scene> = {
  id: 'look',
  title: 'tells the exact state of each; looking changes nothing',
  needs: ['list'],
  expected: '200 {"state": {…}, "probe": "serving" or "off", "drained"}, twice the same',
  remedy:
    'Answer with what is really there. Begin with an account that is not paused: at least one resource serves.',
  async run(scene) {
    const kept: Kept[] = [];
    for (const resource of scene.resources) kept.push(await settled(scene, resource));
    if (!kept.some(({ probe }) => probe === 'serving')) throw new Unmet('nothing serves', { stops: true });
    for (const { state, ...one } of kept) {
      // What is kept comes back from a database as plain JSON.
      const plain = JSON.parse(JSON.stringify(state)) as ResourceState;
      await mustBeExact(scene, { ...one, state: plain }, ' at the second look');
    }
    scene.kept = kept;
    return kept.map(({ resource, state }) => `${resource.id} ${JSON.stringify(state)}`).join(', ');
  },
};

/** A resource that has come to rest; one that is locked belongs to somebody. */
async function settled(scene: Scene, resource: Kept['resource']): Promise<Kept> {
  const { target, account } = scene;
  let probe = await target.probe(account, resource);
  const isAtRest = async () =>
    (probe = await target.probe(account, resource)) === 'serving' || probe === 'off';
  if (probe === 'off_and_locked' || !(await eventually(scene, isAtRest)))
    throw new Unmet(`${resource.id} is \`${probe}\` before anything was done`, { stops: true });
  const state = await target.snapshot(account, resource);
  if (state === null) throw new Unmet(`${resource.id} is listed, and gone`, { stops: true });
  return { resource, state, probe };
}

const lockCheck: Check<Scene> = {
  id: 'lock',
  title: 'lock lets it run on, and is seen',
  needs: ['look'],
  expected:
    '2xx, then probe `in_between` for what runs, `off_and_locked` for what is off, and the same state',
  remedy: 'Set the lock before you answer, and let `probe` tell it: what is locked is never `serving`.',
  async run(scene) {
    await each(scene, (target, account, { resource }) => target.lock(account, resource));
    for (const kept of scene.kept) {
      const probe = await scene.target.probe(scene.account, kept.resource);
      const wanted = kept.probe === 'off' ? 'off_and_locked' : 'in_between';
      if (probe !== wanted) throw new Unmet(`${kept.resource.id} is \`${probe}\``);
      await mustBeExact(scene, kept, ' when it is locked');
    }
    return 'locked, running on';
  },
};

const drainCheck: Check<Scene> = {
  id: 'drain',
  title: 'drain answers at once, tells its end, and keeps the size',
  needs: ['lock'],
  expected: '2xx at once, then `drained: true` in time, and the same state',
  remedy: 'Answer `drain` when it has begun, and say `drained` in the answer of the GET.',
  async run(scene) {
    const bound = AbortSignal.timeout(scene.waitMs);
    const signal = AbortSignal.any([scene.signal, bound]);
    try {
      await each(scene, (target, account, { resource }) => target.drain(account, resource, signal));
    } catch (error) {
      if (bound.aborted && !scene.signal.aborted)
        throw new Unmet(`not drained after ${scene.waitMs / 1_000} s`);
      throw error;
    }
    for (const kept of scene.kept) await mustBeExact(scene, kept, ' when it is drained');
    return 'drained';
  },
};

const pauseCheck: Check<Scene> = {
  id: 'pause',
  title: 'pause switches off, and says so only when it is',
  needs: ['lock'],
  expected: '2xx, then probe `off_and_locked`, and all of them still in the list',
  remedy: 'Answer 2xx when nothing runs any more, not when the order was taken; keep listing what is off.',
  async run(scene) {
    await each(scene, (target, account, { resource }) => target.pause(account, resource));
    await mustProbe(scene, 'off_and_locked');
    const listed = new Set((await scene.target.find(scene.account)).map(({ id }) => id));
    const lost = scene.resources.find(({ id }) => !listed.has(id));
    if (lost !== undefined) throw new Unmet(`${lost.id} is not listed any more`);
    return 'off and locked';
  },
};

const resumeCheck: Check<Scene> = {
  id: 'resume',
  title: 'resume puts the exact state back, and leaves the lock',
  needs: ['pause'],
  expected: '2xx, then the very state that was recorded, and a probe that does not become `serving`',
  remedy:
    'Put back what stands in the body of `resume`, all of it, and nothing of your own; leave the lock alone.',
  async run(scene) {
    await each(scene, (target, account, { resource, state }) => target.resume(account, resource, state));
    for (const kept of scene.kept) {
      await mustBeExact(scene, kept);
      // While it starts, a lost lock does not show yet.
      const watch = { ...scene, waitMs: Math.min(scene.waitMs, lockWatchMs) };
      const isFree = async () =>
        ['serving', 'off'].includes(await scene.target.probe(scene.account, kept.resource));
      if (await eventually(watch, isFree))
        throw new Unmet(`${kept.resource.id} can be used before it is unlocked: the lock is lost`);
    }
    return scene.kept.map(({ resource, state }) => `${resource.id} ${JSON.stringify(state)}`).join(', ');
  },
};

const unlockCheck: Check<Scene> = {
  id: 'unlock',
  title: 'unlock lets all serve again that served before',
  needs: ['resume'],
  expected: '2xx, then `serving` in time for what served, `off` for what was off',
  remedy: '`unlock` takes the lock away altogether; `serving` is for what answers, so start it, and look.',
  async run(scene) {
    await each(scene, (target, account, { resource }) => target.unlock(account, resource));
    await mustBeBack(scene);
    scene.touched = false;
    return scene.kept.map(({ resource, probe }) => `${resource.id} ${probe}`).join(', ');
  },
};

/** One whole life, through the port: what every target is held to, whatever lies behind it. */
export const lifeChecks: readonly Check<Scene>[] = [
  lockCheck,
  drainCheck,
  pauseCheck,
  resumeCheck,
  unlockCheck,
];
