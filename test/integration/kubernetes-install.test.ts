import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { targetsCommand } from '../../src/cli/targets.js';
import type { Right } from '../../src/ports/inspection.js';
import type { Target } from '../../src/ports/target.js';
import { forbearHere } from '../support/cli.js';
import { eventually } from '../support/dev-eventually.js';
import { kubeClient, type KubeClient } from '../support/kubernetes-client.js';
import { kubernetes, startCluster, type TestCluster } from '../support/kubernetes.js';
import {
  accountOf,
  makeNamespace,
  okay,
  pathOf,
  settingsOf,
  targetOn,
  tokenOf,
  untilReady,
  workload,
} from '../support/kubernetes-world.js';
import { makeTestFolder } from '../support/stack-folder.js';

const missing = kubernetes === null ? ' (no kube-apiserver: run npm test, whose set-up says why)' : '';
const given = {
  find: 'namespace',
  archive: { namespace: 'forbear-archive' },
  decommission: { kinds: ['Deployment'] },
};
const entry = { kind: 'kubernetes', name: 'cluster', kubeconfigEnv: 'FORBEAR_KUBECONFIG', ...given };
const settings = settingsOf(given);
const web = { id: 'apps/v1/deployments/acme/web', kind: 'Deployment' };
const acme = accountOf('acme');

describe.skipIf(kubernetes === null)(`what is installed in a Kubernetes cluster${missing}`, () => {
  const folder = makeTestFolder('kubernetes-install');
  let cluster: TestCluster;
  let token: string;
  let target: Target;
  let forbear: KubeClient;

  const forbearYaml = join(folder.path, 'forbear.yaml');
  const run = (...args: string[]) =>
    forbearHere(targetsCommand(), ['targets', 'kubernetes', 'install', ...args], {
      FORBEAR_CONFIG: forbearYaml,
      KUBECONFIG: cluster.kubeconfig(cluster.adminToken),
    });

  beforeAll(async () => {
    cluster = await startCluster('kubernetes-install');
    writeFileSync(forbearYaml, stringify({ targets: [entry] }));
  }, 120_000);
  afterAll(async () => {
    await cluster?.end();
    folder.remove();
  });
  beforeEach(async () => {
    expect(await run('--apply')).toMatchObject({ code: 0, err: '' });
    token = await tokenOf(cluster, settings);
    target = targetOn(cluster, { token, settings, settleMs: 5_000 });
    forbear = kubeClient({ port: cluster.port, token, ca: cluster.ca });
  });

  const stateOf = (rights: readonly Right[], state: Right['state']) =>
    rights.filter((right) => right.state === state).map(({ name }) => name);

  it('is what the command prints, and suffices for a whole life', async () => {
    const { code, out } = await run();
    expect(code).toBe(0);
    const printed = parseAllDocuments(out).map((one) => one.toJS() as { kind: string });
    expect(new Set(printed.map(({ kind }) => kind))).toEqual(
      new Set([
        ...['Namespace', 'ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
        ...['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'],
      ]),
    );
    expect(out).not.toContain("'*'\n    resources:\n      - '*'");
    expect(await run('--apply')).toMatchObject({
      code: 0,
      out: expect.stringContaining('as they should be') as string,
    });

    await makeNamespace(cluster, 'acme', 'acme');
    okay(await cluster.customer.create(pathOf.deployments('acme'), workload.deployment('web', 2)));
    await untilReady(cluster, 'acme', 2);
    await target.lock(acme, web);
    await target.pause(acme, web);
    const { location } = await target.archive(acme, web);
    expect(await target.verifyArchive(acme, web, location)).toMatch(/sha256/);
    await target.resume(acme, web, { replicas: 2 });
    await target.unlock(acme, web);
    await eventually('it serves', async () => (await target.probe(acme, web)) === 'serving');
  });

  it('is told by the inspection: as whom, with which rights, and that locks are enforced', async () => {
    const { reached, rights } = await target.inspect();
    expect(reached).toMatch(
      /^Kubernetes v1\.\d+\.\d+\S* at https:\/\/127\.0\.0\.1:\d+, as system:serviceaccount:forbear:forbear$/,
    );
    expect(stateOf(rights, 'held')).toEqual(
      expect.arrayContaining([
        'patch deployments/scale.apps',
        'create secrets in forbear-archive',
        'delete deployments.apps',
        'policy forbear-lock',
        'binding forbear-lock',
      ]),
    );
    expect(rights.filter(({ state }) => state !== 'held')).toEqual([]);
    expect(JSON.stringify({ reached, rights })).not.toContain(token);
  });

  it('is told by the inspection when it is not so: a right less, a policy that only warns, or far too much', async () => {
    const bindings = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
    const roles = '/apis/rbac.authorization.k8s.io/v1';
    okay(await cluster.customer.remove(`${roles}/clusterrolebindings/forbear-decommission`));
    okay(await cluster.customer.patch(`${bindings}/forbear-lock`, { spec: { validationActions: ['Warn'] } }));
    okay(await cluster.customer.remove(`${bindings}/forbear-marks`));
    await eventually('what is missing is told', async () => {
      const { rights } = await target.inspect();
      expect(stateOf(rights, 'missing')).toEqual([
        'delete deployments.apps',
        'binding forbear-lock',
        'binding forbear-marks',
      ]);
      return true;
    });
    const asAdmin = targetOn(cluster, { token: cluster.adminToken, settings });
    const { rights } = await asAdmin.inspect();
    expect(stateOf(rights, 'excess')).toEqual(
      expect.arrayContaining(['* *.*', 'create pods', 'get secrets']),
    );
    expect(stateOf(rights, 'missing')).toContain('the lock’s exemption');
  });

  it('is missed by a lock at once: what nobody enforces is no lock', async () => {
    const bindings = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
    okay(await cluster.customer.remove(`${bindings}/forbear-lock`));
    await eventually('it is refused', () =>
      target.lock(acme, web).then(
        () => false,
        (error: unknown) => {
          expect(error).toMatchObject({
            code: 'TARGET_REFUSED',
            message: expect.stringContaining('forbear-lock is not in force') as string,
          });
          return true;
        },
      ),
    );
    await run('--apply');
    await target.lock(acme, web);
    await target.unlock(acme, web);
  });

  it('lets Forbear itself, or who has stolen its token, run nothing and rename nobody', async () => {
    const at = `${pathOf.deployments('acme')}/web`;
    const image = { containers: [{ name: 'main', image: 'example.com/other:1' }] };
    const only = 'Forbear changes nothing but replicas';
    for (const [path, change] of [
      [at, { spec: { template: { spec: image } } }],
      [at, { metadata: { labels: { team: 'x' } } }],
      [pathOf.namespace('acme'), { metadata: { labels: { team: 'x' } } }],
    ] as const)
      expect((await forbear.patch(path, change)).message).toContain(only);
    for (const { status } of [
      await forbear.create(pathOf.deployments('acme'), workload.deployment('new', 1)),
      await forbear.create(pathOf.pods('acme'), workload.pod('new')),
      await forbear.get('/api/v1/secrets'),
      await forbear.get('/api/v1/namespaces/kube-system/secrets'),
      await forbear.remove(pathOf.namespace('acme')),
      await forbear.remove(`${pathOf.statefulSets('acme')}/db`),
    ])
      expect(status).toBe(403);
  });

  it.each([
    [['nobody'], 2, 'no target of the kind kubernetes is called "nobody"'],
    [['--apply', '--kubeconfig', '/nowhere'], 4, "the kubeconfig can't be read: ENOENT"],
  ])('says what is wrong with %j', async (args, code, says) => {
    expect(await run(...args)).toMatchObject({ code, err: expect.stringContaining(says) as string });
  });
});
