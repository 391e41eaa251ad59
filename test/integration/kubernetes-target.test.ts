import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Target } from '../../src/ports/target.js';
import { verifyThroughPort } from '../../src/targets/verify/verify.js';
import { eventually } from '../support/dev-eventually.js';
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

const missing = kubernetes === null ? ' (no kube-apiserver: run npm test, whose set-up says why)' : '';
const paused = 'Paused for non-payment';

describe.skipIf(kubernetes === null)(`the Kubernetes target on a real API server${missing}`, () => {
  let cluster: TestCluster;
  let token: string;
  let target: Target;
  const noAbort = new AbortController().signal;

  beforeAll(async () => {
    cluster = await startCluster('kubernetes');
    token = await installForbear(cluster, settingsOf());
    target = targetOn(cluster, { token });
  }, 120_000);
  afterAll(async () => {
    await cluster?.end();
  });

  async function outcomesOf(verified: Target, ref: string): Promise<string[]> {
    const outcomes: string[] = [];
    for await (const told of verifyThroughPort({ target: verified, ref, waitMs: 20_000, signal: noAbort }))
      if (told.kind === 'check')
        outcomes.push(`${told.result.id} ${told.result.outcome === 'failed' ? told.result.came : told.result.outcome}`);
    return outcomes;
  }

  it('TT-3 TT-5 keeps what the port promises, with no rights but those of the documentation', async () => {
    await makeNamespace(cluster, 'whole', 'whole');
    okay(await cluster.customer.create(pathOf.deployments('whole'), workload.deployment('web', 3)));
    okay(await cluster.customer.create(pathOf.deployments('whole'), workload.deployment('spare', 0)));
    okay(await cluster.customer.create(pathOf.statefulSets('whole'), workload.statefulSet('db', 2)));
    okay(await cluster.customer.create(pathOf.cronJobs('whole'), workload.cronJob('nightly')));
    await untilReady(cluster, 'whole', 5);
    const allOk = ['list', 'look', 'lock', 'drain', 'pause', 'resume', 'unlock'].map((id) => `${id} ok`);
    expect(await outcomesOf(target, 'whole')).toEqual(allOk);
  });
});
