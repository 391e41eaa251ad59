import type { Manifest } from './manifest.js';
import { policyManifests } from './policies.js';
import { needsOf, type Need } from './rights.js';
import type { KubernetesSettings } from './settings.js';

const rbac = 'rbac.authorization.k8s.io/v1';

/**
 * All that a cluster needs before Forbear acts on it, in the order in which it can be laid down: the account, a role for each
 * thing that Forbear may do (so that one can be taken away alone), and the policies that enforce locks.
 */
export function manifestsFor(settings: KubernetesSettings): readonly Manifest[] {
  const { namespace, name } = settings.serviceAccount;
  const namespaces = new Set([
    namespace,
    ...(settings.archive === undefined ? [] : [settings.archive.namespace]),
  ]);
  return [
    ...[...namespaces].map((one): Manifest => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: one },
    })),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    ...rolesFor(settings),
    ...policyManifests(settings),
  ];
}

function rolesFor(settings: KubernetesSettings): readonly Manifest[] {
  const needs = needsOf(settings);
  const places = new Map(
    needs.map(({ role, namespace }) => [`${role} ${namespace ?? ''}`, { role, namespace }]),
  );
  return [...places.values()].flatMap(({ role, namespace }) => {
    const own = needs.filter((need) => need.role === role && need.namespace === namespace);
    return roleWithBinding(settings, `forbear-${role}`, namespace, own.map(ruleOf));
  });
}

const ruleOf = ({ group, resource, verbs, names }: Need) => ({
  apiGroups: [group],
  resources: [resource],
  verbs,
  ...(names !== undefined && { resourceNames: names }),
});

function roleWithBinding(
  { serviceAccount }: KubernetesSettings,
  name: string,
  namespace: string | undefined,
  rules: readonly object[],
): readonly Manifest[] {
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  return [
    { apiVersion: rbac, kind, metadata, rules },
    {
      apiVersion: rbac,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
      subjects: [{ kind: 'ServiceAccount', ...serviceAccount }],
    },
  ];
}
