import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { createMemoryDeletions } from '../../src/adapters/memory/deletions.js';
import { createMemorySnapshots } from '../../src/adapters/memory/snapshots.js';
import { targetsCommand } from '../../src/cli/targets.js';
import { giveBack } from '../../src/guard/put-back.js';
import { lockOne, pauseOneWith, takeAll } from '../../src/guard/switch-off.js';
import type { Target } from '../../src/ports/target.js';
import { forbearHere } from '../support/cli.js';
import { kubernetes, startCluster, type TestCluster } from '../support/kubernetes.js';
import {
  accountOf,
  installForbear,
  makeNamespace,
  okay,
  pathOf,
  podsIn,
  settingsOf,
  targetOn,
  untilReady,
  workload,
} from '../support/kubernetes-world.js';
import { makeTestFolder } from '../support/stack-folder.js';

const missing = kubernetes === null ? ' (no kube-apiserver: run npm test, whose set-up says why)' : '';

// What targets never ask about.
const unknown = {
  name: 'Acme',
  contacts: [],
  language: null,
  customers: [],
  tags: [],
  country: null,
  plan: null,
  timeZone: null,
  since: null,
};

describe.skipIf(kubernetes === null)(`an account that runs in a Kubernetes cluster${missing}`, () => {
  const folder = makeTestFolder('kubernetes-life');
  let cluster: TestCluster;
  let token: string;
  let target: Target;

  beforeAll(async () => {
    cluster = await startCluster('kubernetes-life-cluster');
    token = await installForbear(cluster, settingsOf());
    target = targetOn(cluster, { token });
    await makeNamespace(cluster, 'acme', 'acme');
    for (const [path, body] of [
      [pathOf.deployments('acme'), workload.deployment('web', 3)],
      [pathOf.deployments('acme'), workload.deployment('spare', 0)],
      [pathOf.statefulSets('acme'), workload.statefulSet('db', 1)],
      [pathOf.cronJobs('acme'), workload.cronJob('nightly')],
    ] as const)
      okay(await cluster.customer.create(path, body));
    await untilReady(cluster, 'acme', 4);
  }, 120_000);
  afterAll(async () => {
    await cluster?.end();
    folder.remove();
  });

  const check = () => Promise.resolve();
  const { signal } = new AbortController();
  const states = async () => {
    const found = await target.find(accountOf('acme'));
    const told = found.map(async (resource) => [
      resource.id,
      await target.snapshot(accountOf('acme'), resource),
    ]);
    return Object.fromEntries((await Promise.all(told)) as [string, unknown][]);
  };

  it('SUB-2 SUB-3 loses all that runs, however often that is begun anew, and gets it back exactly', async () => {
    const before = await states();
    const snapshots = createMemorySnapshots();
    const account = { ...unknown, ...accountOf('acme', 1) };
    const taking = { snapshots, account, check, signal };
    // First its growth, then all of it; and once more, as after a worker that died.
    expect(await takeAll([target], taking, lockOne)).toBe(4);
    for (let tries = 1; tries <= 2; tries += 1)
      expect(await takeAll([target], taking, pauseOneWith({ drain: true }))).toBe(4);
    expect(await podsIn(cluster, 'acme')).toEqual([]);

    const giving = { snapshots, deletions: createMemoryDeletions(), targets: [target], check };
    const deed = await giveBack({ ...giving, account: { ...account, fence: 2 } }, 'active');
    expect(Object.keys(deed)).toEqual(['evidence']);
    expect(deed.evidence).toMatch(/^4 of 4 resources as they were, after [\d.]+ s$/);
    expect(await states()).toEqual(before);
    await untilReady(cluster, 'acme', 4);
    okay(await cluster.customer.patch(`${pathOf.deployments('acme')}/web/scale`, { spec: { replicas: 3 } }));
  });

  it('is checked and verified by commands, and listed with no secret', async () => {
    const config = join(folder.path, 'forbear.yaml');
    const entry = {
      kind: 'kubernetes',
      name: 'cluster',
      kubeconfigEnv: 'FORBEAR_KUBECONFIG',
      find: 'namespace',
    };
    writeFileSync(config, stringify({ targets: [entry] }));
    const settings = { FORBEAR_CONFIG: config, FORBEAR_KUBECONFIG: cluster.kubeconfig(token) };
    const run = (...args: string[]) => forbearHere(targetsCommand(), ['targets', ...args], settings);
    const listed = await run('list');
    expect(listed).toMatchObject({ code: 0, err: '' });
    expect(listed.out).toMatch(/cluster.*kubernetes.*a cluster.*in FORBEAR_KUBECONFIG/);
    // The command knows of no claim, and begins with the lowest fence.
    await makeNamespace(cluster, 'trial', 'trial');
    okay(await cluster.customer.create(pathOf.deployments('trial'), workload.deployment('web', 2)));
    await untilReady(cluster, 'trial', 2);
    const checked = await run('check', 'cluster', '--account', 'trial');
    expect(checked).toMatchObject({
      code: 0,
      out: expect.stringMatching(/Kubernetes v\d.* as system:serviceaccount:forbear:forbear/) as string,
    });
    expect(checked.out).toContain('apps/v1/deployments/trial/web');
    const verified = await run('verify', 'cluster', '--account', 'trial', '--yes', '--wait', '30');
    expect(verified.out).toContain('All 7 checks are ok');
    expect(`${listed.out}${checked.out}${verified.out}${verified.err}`).not.toContain(token);
  });
});
