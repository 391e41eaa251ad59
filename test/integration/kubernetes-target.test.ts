import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Target } from '../../src/ports/target.js';
import { verifyThroughPort } from '../../src/targets/verify/verify.js';
import { eventually } from '../support/dev-eventually.js';
import { kubernetes, startCluster, type TestCluster } from '../support/kubernetes.js';
import {
  accountOf,
  autoscaler,
  installForbear,
  labels,
  makeNamespace,
  okay,
  pathOf,
  podsIn,
  settingsOf,
  targetOn,
  untilReady,
  workload,
} from '../support/kubernetes-world.js';

const missing = kubernetes === null ? ' (no kube-apiserver: run npm test, whose set-up says why)' : '';
const paused = 'Paused for non-payment';
const noAbort = new AbortController().signal;
const deployment = (namespace: string, name: string) => ({
  id: `apps/v1/deployments/${namespace}/${name}`,
  kind: 'Deployment',
});

describe.skipIf(kubernetes === null)(`the Kubernetes target on a real API server${missing}`, () => {
  let cluster: TestCluster;
  let token: string;
  let target: Target;

  beforeAll(async () => {
    cluster = await startCluster('kubernetes');
    token = await installForbear(cluster, settingsOf());
    target = targetOn(cluster, { token });
  }, 120_000);
  afterAll(async () => {
    await cluster?.end();
  });

  const post = async (path: string, body: object) => okay(await cluster.customer.create(path, body));
  async function outcomesOf(verified: Target, ref: string): Promise<string[]> {
    const outcomes: string[] = [];
    for await (const told of verifyThroughPort({ target: verified, ref, waitMs: 20_000, signal: noAbort }))
      if (told.kind === 'check') {
        const { id, outcome } = told.result;
        outcomes.push(`${id} ${outcome === 'failed' ? told.result.came : outcome}`);
      }
    return outcomes;
  }

  it('TT-3 TT-5 keeps what the port promises, with no rights but those that are installed', async () => {
    await makeNamespace(cluster, 'whole', 'whole');
    await post(pathOf.deployments('whole'), workload.deployment('web', 3));
    await post(pathOf.deployments('whole'), workload.deployment('spare', 0));
    await post(pathOf.statefulSets('whole'), workload.statefulSet('db', 2));
    await post(pathOf.cronJobs('whole'), workload.cronJob('nightly'));
    await untilReady(cluster, 'whole', 5);
    const allOk = ['list', 'look', 'lock', 'drain', 'pause', 'resume', 'unlock'].map((id) => `${id} ok`);
    expect(await outcomesOf(target, 'whole')).toEqual(allOk);
    const { items } = okay(await cluster.customer.get(pathOf.deployments('whole'))).body;
    expect(items.map(({ metadata, spec }) => [metadata.name, spec['replicas']])).toEqual([
      ['spare', 0],
      ['web', 3],
    ]);
  });

  it('TT-3 a paused Deployment has no Pods, and a customer with every right gets none back', async () => {
    const { customer } = cluster;
    await makeNamespace(cluster, 'acme', 'acme');
    await makeNamespace(cluster, 'neighbour', 'neighbour');
    await post(pathOf.deployments('acme'), workload.deployment('web', 3));
    await untilReady(cluster, 'acme', 3);
    const [acme, web] = [accountOf('acme'), deployment('acme', 'web')];
    await target.lock(acme, web);
    expect(await podsIn(cluster, 'acme')).toHaveLength(3);
    await target.pause(acme, web);
    expect(await podsIn(cluster, 'acme')).toEqual([]);
    expect(await target.probe(acme, web)).toBe('off_and_locked');

    const path = `${pathOf.deployments('acme')}/web`;
    const tries = {
      'scale it up': () => customer.patch(`${path}/scale`, { spec: { replicas: 3 } }),
      'edit it': () => customer.patch(path, { spec: { replicas: 3 } }),
      'take its label away': () => customer.patch(path, { metadata: { labels: { app: 'other' } } }),
      'delete it': () => customer.remove(path),
      'start another one': () => customer.create(pathOf.deployments('acme'), workload.deployment('new', 1)),
      'start a Pod': () => customer.create(pathOf.pods('acme'), workload.pod('alone')),
      'start a Job': () => customer.create(pathOf.jobs('acme'), workload.job('once')),
      'start a CronJob': () => customer.create(pathOf.cronJobs('acme'), workload.cronJob('often')),
      'let it be scaled': () => customer.create(pathOf.autoscalers('acme'), autoscaler('web', 2, 5)),
      'delete the namespace': () => customer.remove(pathOf.namespace('acme')),
      'disown the namespace': () =>
        customer.patch(pathOf.namespace('acme'), { metadata: { labels: { 'forbear.dev/account': 'free' } } }),
    };
    for (const [deed, attempt] of Object.entries(tries)) {
      const { status, message } = await attempt();
      expect({ deed, status, message }).toMatchObject({
        status: 403,
        message: expect.stringContaining(paused) as string,
      });
    }
    const { metadata } = okay(await customer.get(pathOf.namespace('acme'))).body;
    const lock = Object.keys(metadata.annotations ?? {}).find((key) => key.startsWith('lock.forbear.dev/'))!;
    for (const change of [{ labels: { 'forbear.dev/locked': null } }, { annotations: { [lock]: null } }])
      expect((await customer.patch(pathOf.namespace('acme'), { metadata: change })).message).toContain(
        'Only Forbear sets or lifts its locks',
      );
    expect(await podsIn(cluster, 'acme')).toEqual([]);
    await post(pathOf.deployments('neighbour'), workload.deployment('web', 1));

    await target.resume(acme, web, { replicas: 3 });
    await target.unlock(acme, web);
    await untilReady(cluster, 'acme', 3);
    await eventually('it serves', async () => (await target.probe(acme, web)) === 'serving');
    okay(await customer.patch(`${path}/scale`, { spec: { replicas: 1 } }));
    await post(pathOf.deployments('acme'), workload.deployment('new', 1));
  });

  it('leaves an autoscaler as it is: it does nothing at 0, and goes on afterwards', async () => {
    await makeNamespace(cluster, 'scaled', 'scaled');
    const [scaled, web] = [accountOf('scaled'), deployment('scaled', 'web')];
    await post(pathOf.deployments('scaled'), workload.deployment('web', 2));
    await post(pathOf.autoscalers('scaled'), autoscaler('web', 2, 5));
    await untilReady(cluster, 'scaled', 2);
    const before = okay(await cluster.customer.get(`${pathOf.autoscalers('scaled')}/web`)).body.spec;
    await target.lock(scaled, web);
    await target.pause(scaled, web);
    await eventually('the autoscaler has seen it, and stands still', async () => {
      const { status } = okay(await cluster.customer.get(`${pathOf.autoscalers('scaled')}/web`)).body;
      return JSON.stringify(status['conditions'] ?? []).includes('ScalingDisabled');
    });
    expect(await target.probe(scaled, web)).toBe('off_and_locked');
    // Below its minimum, so that its going on shows.
    await target.resume(scaled, web, { replicas: 1 });
    await target.unlock(scaled, web);
    await untilReady(cluster, 'scaled', 2);
    const after = okay(await cluster.customer.get(`${pathOf.autoscalers('scaled')}/web`)).body.spec;
    expect(after).toEqual(before);
  });

  it('calls nothing off while a Pod is still ending, and asks later', async () => {
    await makeNamespace(cluster, 'slow', 'slow');
    const [slow, web] = [accountOf('slow'), deployment('slow', 'web')];
    await post(pathOf.deployments('slow'), workload.deployment('web', 1));
    await untilReady(cluster, 'slow', 1);
    cluster.node.hold('slow');
    const hasty = targetOn(cluster, { token, settleMs: 1_000 });
    await expect(hasty.pause(slow, web)).rejects.toMatchObject({
      code: 'TARGET_UNAVAILABLE',
      message: expect.stringContaining('still ending') as string,
    });
    expect(await target.probe(slow, web)).toBe('in_between');
    cluster.node.letGo('slow');
    await target.pause(slow, web);
    expect(await target.probe(slow, web)).toBe('off');
    const { metadata } = okay(await cluster.customer.get(`${pathOf.deployments('slow')}/web`)).body;
    expect(metadata.annotations).toMatchObject({ 'forbear.dev/replicas': '1', 'forbear.dev/fence': '1' });
  });

  it('lets a Job of a CronJob end, suspends one that does not, and lets it go on afterwards', async () => {
    await makeNamespace(cluster, 'jobs', 'jobs');
    const [jobs, nightly] = [accountOf('jobs'), { id: 'batch/v1/cronjobs/jobs/nightly', kind: 'CronJob' }];
    const { metadata } = (await post(pathOf.cronJobs('jobs'), workload.cronJob('nightly'))).body;
    await post(pathOf.jobs('jobs'), workload.job('tonight', metadata));
    await untilReady(cluster, 'jobs', 1);
    const controller = new AbortController();
    const reason = new Error('a payment landed');
    const draining = target.drain(jobs, nightly, controller.signal);
    const path = `${pathOf.cronJobs('jobs')}/nightly`;
    const suspended = async () => okay(await cluster.customer.get(path)).body.spec['suspend'];
    await eventually('no new Job begins', async () => (await suspended()) === true);
    expect(await target.snapshot(jobs, nightly)).toEqual({ suspend: false });
    expect(await podsIn(cluster, 'jobs')).toHaveLength(1);
    const abortedAt = performance.now();
    controller.abort(reason);
    await expect(draining).rejects.toBe(reason);
    expect(performance.now() - abortedAt).toBeLessThan(1_000);

    await target.pause(jobs, nightly);
    expect(await podsIn(cluster, 'jobs')).toEqual([]);
    expect(await target.probe(jobs, nightly)).toBe('off');
    await target.resume(jobs, nightly, { suspend: false });
    await untilReady(cluster, 'jobs', 1);
    expect([await suspended(), await target.probe(jobs, nightly)]).toEqual([false, 'serving']);
    await cluster.node.finish('jobs');
    await target.drain(jobs, nightly, noAbort);
    expect(await target.probe(jobs, nightly)).toBe('in_between');
  });

  it('finds what carries the account’s label, and never everything', async () => {
    await makeNamespace(cluster, 'found', 'found');
    await post(pathOf.deployments('found'), workload.deployment('web', 1));
    await post(pathOf.replicaSets('found'), workload.replicaSet('bare', 1));
    await untilReady(cluster, 'found', 2);
    expect((await target.find(accountOf('found'))).map(({ id }) => id)).toEqual([
      'apps/v1/deployments/found/web',
      'apps/v1/replicasets/found/bare',
    ]);
    expect(await target.find(accountOf('nobody'))).toEqual([]);
    for (const ref of ['', 'a,b', 'found,other!=x', 'in (found)', '!x', ' ', 'x'.repeat(64)])
      await expect(target.find(accountOf(ref))).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
    const fenced = targetOn(cluster, { token, settings: settingsOf({ namespaces: ['elsewhere'] }) });
    expect(await fenced.find(accountOf('found'))).toEqual([]);
    await expect(fenced.pause(accountOf('found'), deployment('found', 'web'))).rejects.toMatchObject({
      code: 'TARGET_REFUSED',
    });
    await expect(target.pause(accountOf('nobody'), deployment('found', 'web'))).rejects.toMatchObject({
      code: 'TARGET_REFUSED',
    });
    const customKinds = [{ apiVersion: 'example.com/v1', kind: 'Database', plural: 'databases' }];
    const unknown = targetOn(cluster, { token: cluster.adminToken, settings: settingsOf({ customKinds }) });
    const database = { id: 'example.com/v1/databases/found/main', kind: 'Database' };
    for (const ask of [
      () => unknown.find(accountOf('found')),
      () => unknown.probe(accountOf('found'), database),
      () => unknown.snapshot(accountOf('found'), database),
    ])
      await expect(ask()).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
    for (const id of ['apps/v1/deployments/found/../web', 'v1/pods/found/web', 'apps/v1/deployments/found'])
      await expect(target.pause(accountOf('found'), { id, kind: 'Deployment' })).rejects.toMatchObject({
        code: 'TARGET_REFUSED',
      });
  });

  it('TT-3 where accounts share a namespace, locks what carries the label, and nobody else’s', async () => {
    const { customer } = cluster;
    const shared = targetOn(cluster, { token, settings: settingsOf({ find: 'label' }) });
    await makeNamespace(cluster, 'shared');
    const at = pathOf.deployments('shared');
    await post(at, workload.deployment('red', 1, 'red'));
    await post(at, workload.deployment('blue', 1, 'blue'));
    await post(pathOf.autoscalers('shared'), autoscaler('red', 1, 3));
    await untilReady(cluster, 'shared', 2);
    const [red, web] = [accountOf('red'), deployment('shared', 'red')];
    expect(await shared.find(red)).toEqual([web]);
    await shared.lock(red, web);
    await shared.pause(red, web);
    const refused = [
      await customer.patch(`${at}/red/scale`, { spec: { replicas: 1 } }),
      await customer.patch(`${at}/red`, { metadata: { labels: { 'forbear.dev/account': null } } }),
      await customer.create(at, workload.deployment('more', 1, 'red')),
      await customer.patch(`${at}/blue`, { metadata: { labels: labels('red') } }),
      await customer.patch(`${pathOf.autoscalers('shared')}/red`, { spec: { maxReplicas: 9 } }),
    ];
    for (const { status, message } of refused) {
      expect(message).toContain(paused);
      expect(status).toBe(403);
    }
    okay(await customer.patch(`${at}/blue/scale`, { spec: { replicas: 2 } }));
    await shared.resume(red, web, { replicas: 1 });
    await shared.unlock(red, web);
    // The API server hears of it within milliseconds.
    const create = () => customer.create(at, workload.deployment('more', 1, 'red'));
    await eventually('a new one may join', async () => (await create()).status === 201);
    const { metadata } = okay(await customer.get(pathOf.namespace('shared'))).body;
    expect(metadata.labels).not.toHaveProperty('forbear.dev/locked');
  });
});
