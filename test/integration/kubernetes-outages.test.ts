import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Target } from '../../src/ports/target.js';
import { eventually } from '../support/dev-eventually.js';
import { startLossyProxy, type LossyProxy } from '../support/kubernetes-proxy.js';
import { kubernetes, startCluster, type TestCluster } from '../support/kubernetes.js';
import {
  accountOf,
  installForbear,
  makeNamespace,
  okay,
  pathOf,
  settingsOf,
  targetOn,
  untilReady,
  workload,
} from '../support/kubernetes-world.js';

const missing = kubernetes === null ? ' (no kube-apiserver: run npm test, whose set-up says why)' : '';
const noAbort = new AbortController().signal;

describe.skipIf(kubernetes === null)(`a Kubernetes cluster that fails${missing}`, () => {
  let cluster: TestCluster;
  let token: string;
  let target: Target;
  let proxy: LossyProxy;
  // Each test has a namespace, and an account, of its own.
  let name: string;
  let count = 0;

  beforeAll(async () => {
    cluster = await startCluster('kubernetes-outages');
    token = await installForbear(cluster, settingsOf());
    target = targetOn(cluster, { token });
    proxy = await startLossyProxy(cluster);
  }, 120_000);
  afterAll(async () => {
    await proxy?.close();
    await cluster?.end();
  });
  beforeEach(async () => {
    count += 1;
    name = `t${count}`;
    await makeNamespace(cluster, name, name);
    await post(pathOf.deployments(name), workload.deployment('web', 2));
    await post(pathOf.statefulSets(name), workload.statefulSet('db', 1));
    await untilReady(cluster, name, 3);
  }, 30_000);

  const post = async (path: string, body: object) => okay(await cluster.customer.create(path, body));
  const web = () => ({ id: `apps/v1/deployments/${name}/web`, kind: 'Deployment' });
  const db = () => ({ id: `apps/v1/statefulsets/${name}/db`, kind: 'StatefulSet' });
  const account = (fence = 1) => accountOf(name, fence);
  const webNow = async () => okay(await cluster.customer.get(`${pathOf.deployments(name)}/web`)).body;

  const roles = '/apis/rbac.authorization.k8s.io/v1';
  type Rule = { readonly resources: readonly string[] };
  /** Forbear's role without the rules for these; returns what gives them back. */
  async function takeRights(isTaken: (resource: string) => boolean) {
    const path = `${roles}/clusterroles/forbear-pause`;
    const { rules } = okay(await cluster.customer.get(path)).body as unknown as { rules: readonly Rule[] };
    const left = rules.filter(({ resources }) => !resources.some(isTaken));
    expect(left.length).toBeLessThan(rules.length);
    okay(await cluster.customer.patch(path, { rules: left }));
    return async () => void okay(await cluster.customer.patch(path, { rules }));
  }
  const refused = { code: 'TARGET_REFUSED' };
  const isRefused = (doing: () => Promise<unknown>) =>
    eventually('it is refused', () =>
      doing().then(
        () => false,
        (error: unknown) => (error as { code?: unknown }).code === 'TARGET_REFUSED',
      ),
    );

  it('refuses what one right is missing for, and does the rest', async () => {
    const giveBack = await takeRights((resource) => resource === 'statefulsets/scale');
    await isRefused(() => target.snapshot(account(), db()));
    await target.pause(account(), web());
    await expect(target.pause(account(), db())).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('statefulsets/scale') as string,
    });
    expect([(await webNow()).spec['replicas'], await target.probe(account(), web())]).toEqual([0, 'off']);
    await giveBack();
    await eventually('it is allowed again', async () => {
      await target.pause(account(), db());
      return true;
    });
    expect(await target.probe(account(), db())).toBe('off');
  });

  it('says that it is refused, and never "none", when all rights are gone', async () => {
    const giveBack = await takeRights(() => true);
    await isRefused(() => target.find(account()));
    for (const ask of [
      () => target.find(account()),
      () => target.snapshot(account(), web()),
      () => target.probe(account(), web()),
      () => target.pause(account(), web()),
    ])
      await expect(ask()).rejects.toMatchObject(refused);
    await giveBack();
    await eventually('it is found again', async () => (await target.find(account())).length === 2);
  });

  it('takes what has vanished for gone, alone or with its namespace, and leaves no lock behind', async () => {
    await target.lock(account(), web());
    await target.lock(account(), db());
    const vanish = async (path: string) => {
      // The policy refuses it, so it goes with its lock off, as an operator may do it.
      for (const policy of ['forbear-lock', 'forbear-marks'])
        okay(
          await cluster.customer.remove(
            `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/${policy}`,
          ),
        );
      await eventually('it may be deleted', async () => (await cluster.customer.remove(path)).status < 300);
      await eventually('it is gone', async () => (await cluster.customer.get(path)).status === 404);
      await installForbear(cluster, settingsOf());
    };
    await vanish(`${pathOf.deployments(name)}/web`);
    expect([await target.probe(account(), web()), await target.snapshot(account(), web())]).toEqual([
      'gone',
      null,
    ]);
    for (const deed of ['pause', 'lock', 'unlock'] as const) await target[deed](account(), web());
    await target.drain(account(), web(), noAbort);
    await target.resume(account(), web(), { replicas: 2 });
    expect((await target.find(account())).map(({ id }) => id)).toEqual([db().id]);
    await target.unlock(account(), db());
    const { metadata } = okay(await cluster.customer.get(pathOf.namespace(name))).body;
    expect(Object.keys(metadata.annotations ?? {}).filter((key) => key.startsWith('lock.'))).toEqual([]);
    expect(metadata.labels).not.toHaveProperty('forbear.dev/locked');

    await vanish(pathOf.namespace(name));
    expect(await target.probe(account(), db())).toBe('gone');
    for (const deed of ['pause', 'lock', 'unlock'] as const) await target[deed](account(), db());
    expect(await target.find(account())).toEqual([]);
  });

  it.each([
    ['pause', 'PATCH', /\/scale/, 'off'],
    ['lock', 'PATCH', /^\/api\/v1\/namespaces\/[^/]+$/, 'in_between'],
    ['unlock', 'PATCH', /^\/api\/v1\/namespaces\/[^/]+$/, 'serving'],
    ['resume', 'PATCH', /\/scale/, 'serving'],
  ] as const)(
    'ends where one %s ends when its answer was lost and it is repeated',
    async (deed, method, path, ends) => {
      if (deed === 'unlock') await target.lock(account(), web());
      if (deed === 'resume') await target.pause(account(), web());
      const lossy = targetOn(cluster, { token, port: proxy.port });
      const order = () =>
        deed === 'resume' ? lossy.resume(account(), web(), { replicas: 2 }) : lossy[deed](account(), web());
      proxy.loseAnswer(method, path);
      await expect(order()).rejects.toMatchObject({
        code: 'TARGET_UNAVAILABLE',
        message: expect.stringMatching(/PATCH \//) as string,
      });
      expect(proxy.hasLost).toBe(true);
      await order();
      await eventually(ends, async () => (await target.probe(account(), web())) === ends);
      await order();
      expect(await target.probe(account(), web())).toBe(ends);
    },
  );

  it('asks later, and names the request, when the server does not answer or is not there', async () => {
    const hasty = targetOn(cluster, { token, timeoutMs: 500 });
    const nowhere = targetOn(cluster, { token, port: 1 });
    cluster.freeze();
    try {
      for (const [one, says] of [
        [hasty, /GET \/api\/v1\/namespaces\/t\d+: .*(timeout|abort)/i],
        [nowhere, /GET \/api\/v1\/namespaces\/t\d+: ECONNREFUSED/],
      ] as const)
        for (const ask of [
          () => one.pause(account(), web()),
          () => one.lock(account(), web()),
          () => one.probe(account(), web()),
          () => one.snapshot(account(), web()),
          () => one.unlock(account(), web()),
        ])
          await expect(ask()).rejects.toMatchObject({
            code: 'TARGET_UNAVAILABLE',
            message: expect.stringMatching(says) as string,
          });
      await expect(hasty.find(account())).rejects.toMatchObject({ code: 'TARGET_UNAVAILABLE' });
    } finally {
      cluster.thaw();
    }
    await eventually('it answers again', async () => (await target.find(account())).length === 2);
  });

  it('lets a late order change nothing', async () => {
    await target.resume(account(7), web(), { replicas: 2 });
    await target.unlock(account(7), web());
    const before = await webNow();
    const late = account(6);
    for (const order of [
      () => target.pause(late, web()),
      () => target.lock(late, web()),
      () => target.drain(late, web(), noAbort),
      () => target.resume(late, web(), { replicas: 9 }),
    ])
      await expect(order()).rejects.toMatchObject({ code: 'TARGET_UNAVAILABLE' });
    expect((await webNow()).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  it.each([
    ['pause', 'its fence', /\/deployments\/web$/],
    ['pause', 'its scaling', /\/deployments\/web\/scale$/],
    ['lock', 'its fence', /\/deployments\/web$/],
    ['lock', 'its mark', /^\/api\/v1\/namespaces\/[^/]+$/],
  ] as const)(
    'lets a late %s change nothing when a later order comes between its look and %s',
    async (deed, _, path) => {
      await target.resume(account(1), web(), { replicas: 2 });
      const lossy = targetOn(cluster, { token, port: proxy.port });
      proxy.before('PATCH', path, async () => {
        await target.resume(account(7), web(), { replicas: 2 });
        await target.unlock(account(7), web());
      });
      await expect(lossy[deed](account(6), web())).rejects.toMatchObject({ code: 'TARGET_UNAVAILABLE' });
      expect(await target.snapshot(account(), web())).toEqual({ replicas: 2 });
      await eventually('it serves', async () => (await target.probe(account(), web())) === 'serving');
    },
  );

  it('lets a customer raise no fence, and roll back to an older revision', async () => {
    await target.resume(account(7), web(), { replicas: 2 });
    const path = `${pathOf.deployments(name)}/web`;
    const set = (fence: string) =>
      cluster.customer.patch(path, { metadata: { annotations: { 'forbear.dev/fence': fence } } });
    for (const fence of ['8', '999999999999', 'x'])
      expect((await set(fence)).message).toContain('Only Forbear raises forbear.dev/fence');
    okay(await set('6'));
    const fresh = workload.deployment('new', 1);
    const created = { ...fresh, metadata: { ...fresh.metadata, annotations: { 'forbear.dev/fence': '9' } } };
    expect((await cluster.customer.create(pathOf.deployments(name), created)).status).toBe(403);
  });
});
