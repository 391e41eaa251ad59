import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Target } from '../../src/ports/target.js';
import { eventually } from '../support/dev-eventually.js';
import { kubernetes, startCluster, type TestCluster } from '../support/kubernetes.js';
import {
  accountOf,
  customKind,
  installForbear,
  makeNamespace,
  okay,
  pathOf,
  settingsOf,
  targetOn,
  untilReady,
  volumeSnapshots,
  workload,
} from '../support/kubernetes-world.js';

const missing = kubernetes === null ? ' (no kube-apiserver: run npm test, whose set-up says why)' : '';
const archive = { namespace: 'forbear-archive' };
const databases = { apiVersion: 'example.com/v1', kind: 'Database', plural: 'databases' };

describe.skipIf(kubernetes === null)(`archives and deletion in a Kubernetes cluster${missing}`, () => {
  let cluster: TestCluster;
  let target: Target;
  let token: string;
  let name: string;
  let count = 0;
  const settings = settingsOf({
    archive: { ...archive, volumeSnapshotClass: 'kept' },
    decommission: { kinds: ['StatefulSet'], volumes: true },
    customKinds: [databases],
  });

  beforeAll(async () => {
    cluster = await startCluster('kubernetes-deletion');
    await customKind(cluster, 'snapshot.storage.k8s.io', 'VolumeSnapshot', 'volumesnapshots');
    await customKind(cluster, 'example.com', 'Database', 'databases');
    token = await installForbear(cluster, settings);
    target = targetOn(cluster, { token, settings });
  }, 120_000);
  afterAll(async () => {
    await cluster?.end();
  });
  beforeEach(async () => {
    count += 1;
    name = `d${count}`;
    await makeNamespace(cluster, name, name);
    await post(pathOf.statefulSets(name), workload.statefulSet('db', 2, ['data']));
    await post(pathOf.statefulSets(name), workload.statefulSet('other', 1, ['data']));
    await untilReady(cluster, name, 3);
  }, 30_000);

  const post = async (path: string, body: object) => okay(await cluster.customer.create(path, body));
  const account = () => accountOf(name);
  const db = () => ({ id: `apps/v1/statefulsets/${name}/db`, kind: 'StatefulSet' });
  const claims = async () =>
    okay(await cluster.customer.get(pathOf.claims(name)))
      .body.items.map(({ metadata }) => metadata.name)
      .sort();
  const notVerified = { code: 'NOT_VERIFIED' };

  it('TT-4 keeps manifests and volume snapshots, proves them, and deletes volumes last', async () => {
    const { location } = await target.archive(account(), db());
    expect(await target.archive(account(), db())).toEqual({ location });
    await expect(target.verifyArchive(account(), db(), location)).rejects.toMatchObject({
      ...notVerified,
      message: expect.stringContaining('not ready') as string,
    });
    await expect(target.decommission(account(), db())).rejects.toMatchObject(notVerified);
    expect(await target.probe(account(), db())).not.toBe('gone');
    await volumeSnapshots.makeReady(cluster, name);
    const evidence = await target.verifyArchive(account(), db(), location);
    expect(evidence).toMatch(
      /^manifests of 1 workload and 2 volume claims, 2 volume snapshots ready, sha256 \w{64}$/,
    );

    await target.lock(account(), db());
    await target.pause(account(), db());
    expect(await claims()).toEqual(['data-db-0', 'data-db-1', 'data-other-0']);
    await target.decommission(account(), db());
    await target.decommission(account(), db());
    expect(await target.probe(account(), db())).toBe('gone');
    await eventually('only the other’s is left', async () => (await claims()).join() === 'data-other-0');
    expect(await target.verifyArchive(account(), db(), location)).toBe(evidence);
    expect((await target.find(account())).map(({ id }) => id)).toEqual([
      `apps/v1/statefulsets/${name}/other`,
    ]);
    const { metadata } = okay(await cluster.customer.get(pathOf.namespace(name))).body;
    expect(metadata.labels).not.toHaveProperty('forbear.dev/locked');
  });

  it('verifies no archive that was spoiled, is of another one, or was never taken', async () => {
    const other = { id: `apps/v1/statefulsets/${name}/other`, kind: 'StatefulSet' };
    const { location } = await target.archive(account(), db());
    await volumeSnapshots.makeReady(cluster, name);
    await target.verifyArchive(account(), db(), location);
    for (const asked of [
      () => target.verifyArchive(account(), other, location),
      () => target.verifyArchive(account(), db(), `${location}-elsewhere`),
      () => target.verifyArchive(accountOf('another', 1), other, location),
    ])
      await expect(asked()).rejects.toMatchObject(notVerified);
    const path = `/api/v1/namespaces/${archive.namespace}/secrets/${location.split('/').at(-1)}`;
    const { data } = okay(await cluster.customer.get(path)).body;
    const kept = Buffer.from(data['content']!, 'base64').toString('utf8');
    expect(kept).toContain('"replicas":2');
    const content = Buffer.from(kept.replace('"replicas":2', '"replicas":9')).toString('base64');
    okay(await cluster.customer.patch(path, { data: { content } }));
    await expect(target.verifyArchive(account(), db(), location)).rejects.toMatchObject(notVerified);
    await expect(target.decommission(account(), db())).rejects.toMatchObject(notVerified);
    expect(await target.archive(account(), db())).toEqual({ location });
    await target.verifyArchive(account(), db(), location);
  });

  it('deletes no kind that the settings do not name, nothing without them, and no volume in use', async () => {
    await post(pathOf.deployments(name), workload.deployment('web', 1));
    const web = { id: `apps/v1/deployments/${name}/web`, kind: 'Deployment' };
    const bare = targetOn(cluster, { token });
    const notOffered = { code: 'NOT_OFFERED' };
    await expect(target.decommission(account(), web)).rejects.toMatchObject(notOffered);
    await expect(bare.decommission(account(), db())).rejects.toMatchObject(notOffered);
    await expect(bare.archive(account(), db())).rejects.toMatchObject(notOffered);
    const user = workload.pod('user');
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-0' } }];
    await post(pathOf.pods(name), { ...user, spec: { ...user.spec, volumes } });
    await target.archive(account(), db());
    await volumeSnapshots.makeReady(cluster, name);
    await expect(target.decommission(account(), db())).rejects.toMatchObject({
      code: 'TARGET_REFUSED',
      message: expect.stringContaining('in use by a Pod') as string,
    });
    expect(await claims()).toContain('data-db-0');
  });

  it('lets no volume go along with the Pods of a StatefulSet that asks Kubernetes for that', async () => {
    const policy = { whenScaled: 'Delete', whenDeleted: 'Delete' };
    const spec = { persistentVolumeClaimRetentionPolicy: policy };
    okay(await cluster.customer.patch(`${pathOf.statefulSets(name)}/db`, { spec }));
    const kept = targetOn(cluster, {
      token,
      settings: settingsOf({ archive, decommission: { kinds: ['StatefulSet'] } }),
    });
    for (const ask of [
      () => kept.pause(account(), db()),
      () => kept.resume(account(), db(), { replicas: 1 }),
      () => kept.decommission(account(), db()),
    ])
      await expect(ask()).rejects.toMatchObject({
        code: 'TARGET_REFUSED',
        message: expect.stringContaining('would lose its volumes') as string,
      });
    expect([await kept.snapshot(account(), db()), await claims()]).toEqual([
      { replicas: 2 },
      ['data-db-0', 'data-db-1', 'data-other-0'],
    ]);
  });

  it('TT-3 scales a kind of the operator’s own by its scale subresource, and locks it', async () => {
    const at = `/apis/example.com/v1/namespaces/${name}/databases`;
    const spec = { replicas: 3 };
    await post(at, { apiVersion: 'example.com/v1', kind: 'Database', metadata: { name: 'main' }, spec });
    const says = (replicas: number) =>
      cluster.customer.patch(`${at}/main/status`, { status: { replicas, selector: 'database=main' } });
    okay(await says(3));
    const main = { id: `example.com/v1/databases/${name}/main`, kind: 'Database' };
    expect(await target.find(account())).toContainEqual(main);
    expect(await target.probe(account(), main)).toBe('serving');
    const pausing = target.lock(account(), main).then(() => target.pause(account(), main));
    await eventually('it is to be off', async () => {
      const { body } = okay(await cluster.customer.get(`${at}/main`));
      return body.spec['replicas'] === 0;
    });
    okay(await says(0));
    await pausing;
    expect(await target.probe(account(), main)).toBe('off_and_locked');
    const grown = await cluster.customer.patch(`${at}/main/scale`, { spec: { replicas: 1 } });
    expect(grown.message).toContain('Paused for non-payment');
    await target.resume(account(), main, { replicas: 3 });
    expect(await target.snapshot(account(), main)).toEqual({ replicas: 3 });
  });
});
