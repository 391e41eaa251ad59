import { builtInKinds, kindsOf } from './kinds.js';
import type { KubernetesSettings } from './settings.js';

/** What a policy is asked about. */
export type Rule = {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly resources: readonly string[];
  readonly operations: readonly string[];
};
export const rule = (group: string, resources: readonly string[], operations: readonly string[]): Rule => ({
  apiGroups: [group],
  apiVersions: ['*'],
  resources,
  operations,
});

/** What runs something, or makes something run. */
export function workloadRules(
  { customKinds }: KubernetesSettings,
  operations: readonly string[],
): readonly Rule[] {
  const scaled = (plural: string) => [plural, `${plural}/scale`];
  const custom = kindsOf(customKinds).slice(builtInKinds.length);
  return [
    rule('apps', ['deployments', 'statefulsets', 'replicasets'].flatMap(scaled), operations),
    rule('apps', ['daemonsets'], operations),
    rule('batch', ['cronjobs', 'jobs'], operations),
    rule('', scaled('replicationcontrollers'), operations),
    ...custom.map(({ group, plural }) => rule(group, scaled(plural), operations)),
  ];
}

export const withoutScale = ({ resources, ...others }: Rule): Rule => ({
  ...others,
  resources: resources.filter((one) => !one.endsWith('/scale')),
});

// Kubernetes' own controllers do what was asked for before the lock, and what Forbear asks for: precisely these.
const controllers = [
  'deployment-controller',
  'replicaset-controller',
  'statefulset-controller',
  'daemon-set-controller',
  'replication-controller',
  'job-controller',
  'cronjob-controller',
  'ttl-after-finished-controller',
  'horizontal-pod-autoscaler',
  'generic-garbage-collector',
  'namespace-controller',
].map((name) => `system:serviceaccount:kube-system:${name}`);
// Where the controllers have no accounts of their own.
export const system = ['system:kube-controller-manager', ...controllers];
