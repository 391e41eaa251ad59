import { createKubernetesTarget } from '../../src/adapters/kubernetes/target.js';
import { installInCluster } from '../../src/adapters/kubernetes/install.js';
import { kubernetesShape, type KubernetesSettings } from '../../src/adapters/kubernetes/settings.js';
import { asAccountId } from '../../src/domain/ids.js';
import type { Target, TargetOrder } from '../../src/ports/target.js';
import { eventually } from './dev-eventually.js';
import type { KubeBody, Said } from './kubernetes-client.js';
import type { TestCluster } from './kubernetes.js';

export const accountOf = (ref: string, fence = 1): TargetOrder => ({
  id: asAccountId('6f2c1a52-6a0e-4f7e-9d3b-0d6a1f0f7c11'),
  ref,
  fence,
});

export const settingsOf = (given: Readonly<Record<string, unknown>> = {}): KubernetesSettings =>
  kubernetesShape.parse({ find: 'namespace', ...given });

/** Installs what `forbear targets kubernetes install` prints, and returns a token of the account that it makes. */
export async function installForbear(cluster: TestCluster, settings: KubernetesSettings): Promise<string> {
  await installInCluster({ kubeconfig: cluster.kubeconfig(cluster.adminToken) }, settings);
  return tokenOf(cluster, settings);
}

/** A token of Forbear's account, as the cluster gives it to a Pod. */
export async function tokenOf(cluster: TestCluster, settings: KubernetesSettings): Promise<string> {
  const { namespace, name } = settings.serviceAccount;
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const { status } = okay(await cluster.customer.create(path, asked)).body;
  return String(status['token']);
}

type TargetOf = { readonly token: string; readonly settings?: KubernetesSettings } & Partial<{
  port: number;
  timeoutMs: number;
  settleMs: number;
}>;

export function targetOn(cluster: TestCluster, options: TargetOf): Target {
  const { token, port, settings = settingsOf(), ...more } = options;
  return createKubernetesTarget({
    name: 'cluster',
    access: { kubeconfig: cluster.kubeconfig(token, port) },
    settings,
    ...{ settleMs: 30_000, ...more },
  });
}

export function okay(said: Said): Said {
  if (said.status >= 300) throw new Error(`${said.status} ${said.message}`);
  return said;
}

export const labels = (ref: string) => ({ 'forbear.dev/account': ref });

const podTemplate = (app: string) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: 'main', image: 'example.com/main:1' }] },
});

/** What a customer would write for something that runs. */
export const workload = {
  deployment: (name: string, replicas: number, ref?: string) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, ...(ref !== undefined && { labels: labels(ref) }) },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: podTemplate(name) },
  }),
  /** With a volume of each of these names for each of its Pods. */
  statefulSet: (name: string, replicas: number, volumes: readonly string[] = []) => ({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name },
    spec: {
      replicas,
      serviceName: name,
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: { app: name } },
      template: podTemplate(name),
      volumeClaimTemplates: volumes.map((volume) => ({
        metadata: { name: volume },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      })),
    },
  }),
  cronJob: (name: string, schedule = '0 3 * * *') => ({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name },
    spec: {
      schedule,
      jobTemplate: {
        spec: { template: { spec: { ...podTemplate(name).spec, restartPolicy: 'Never' } } },
      },
    },
  }),
  replicaSet: (name: string, replicas: number) => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: podTemplate(name) },
  }),
  /** Of a CronJob where one is given, as if its time had come. */
  job: (name: string, of?: KubeBody['metadata']) => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      ...(of !== undefined && {
        ownerReferences: [
          { apiVersion: 'batch/v1', kind: 'CronJob', name: of.name, uid: of.uid, controller: true },
        ],
      }),
    },
    spec: { template: { spec: { ...podTemplate(name).spec, restartPolicy: 'Never' } } },
  }),
  pod: (name: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: podTemplate(name).spec,
  }),
};

export const autoscaler = (name: string, minReplicas: number, maxReplicas: number) => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name },
  spec: { minReplicas, maxReplicas, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name } },
});

export const pathOf = {
  autoscalers: (namespace: string) => `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`,
  replicaSets: (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/replicasets`,
  namespace: (name: string) => `/api/v1/namespaces/${name}`,
  claims: (namespace: string) => `/api/v1/namespaces/${namespace}/persistentvolumeclaims`,
  pods: (namespace: string) => `/api/v1/namespaces/${namespace}/pods`,
  deployments: (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments`,
  statefulSets: (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/statefulsets`,
  cronJobs: (namespace: string) => `/apis/batch/v1/namespaces/${namespace}/cronjobs`,
  jobs: (namespace: string) => `/apis/batch/v1/namespaces/${namespace}/jobs`,
};

/** A namespace, of the account where one is given. */
export async function makeNamespace({ customer }: TestCluster, name: string, ref?: string): Promise<void> {
  const metadata = { name, ...(ref !== undefined && { labels: labels(ref) }) };
  okay(await customer.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata }));
}

export async function podsIn({ customer }: TestCluster, namespace: string): Promise<readonly KubeBody[]> {
  return okay(await customer.get(pathOf.pods(namespace))).body.items;
}

/** Waits until that many Pods of the namespace are ready. */
export async function untilReady(cluster: TestCluster, namespace: string, count: number): Promise<void> {
  await eventually(`${count} Pods of ${namespace} are ready`, async () => {
    const pods = await podsIn(cluster, namespace);
    return pods.length === count && pods.every(({ status }) => status['phase'] === 'Running');
  });
}

/** A kind that scales, as an operator or a driver brings it along. */
export async function customKind({ customer }: TestCluster, group: string, kind: string, plural: string) {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const scale = {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.selector',
  };
  const name = `${plural}.${group}`;
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema: { openAPIV3Schema: anything },
    subresources: { status: {}, scale },
  };
  // A group of Kubernetes itself is to be approved there.
  const annotations = { 'api-approved.kubernetes.io': 'unapproved, for a test' };
  okay(
    await customer.create(path, {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name, annotations },
      spec: { group, scope: 'Namespaced', names: { kind, plural }, versions: [version] },
    }),
  );
  await eventually(
    `${plural} are served`,
    async () => (await customer.get(`/apis/${group}/v1/${plural}`)).status === 200,
  );
}

/** What the driver of a storage does. */
export const volumeSnapshots = {
  async makeReady({ customer }: TestCluster, namespace: string): Promise<void> {
    const path = `/apis/snapshot.storage.k8s.io/v1/namespaces/${namespace}/volumesnapshots`;
    for (const { metadata } of okay(await customer.get(path)).body.items)
      okay(await customer.patch(`${path}/${metadata.name}/status`, { status: { readyToUse: true } }));
  },
};
