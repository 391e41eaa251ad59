import { createApi } from './api.js';
import { createConnection, type Access } from './connection.js';
import { manifestsFor } from './manifests.js';
import type { Manifest } from './policies.js';
import type { KubernetesSettings } from './settings.js';

const plurals: Readonly<Record<string, string>> = {
  Namespace: 'namespaces',
  ServiceAccount: 'serviceaccounts',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
};

/**
 * Lays down what `manifestsFor` names, as somebody who may; safe to repeat. Returns where it did so. Throws `TARGET_REFUSED`
 * and `TARGET_UNAVAILABLE`.
 */
export async function installInCluster(access: Access, settings: KubernetesSettings): Promise<string> {
  const api = createApi('the cluster', createConnection('the cluster', access), 30_000);
  for (const manifest of manifestsFor(settings)) await api.apply(pathOf(manifest), manifest);
  return api.server();
}

function pathOf({ apiVersion, kind, metadata: { name, namespace } }: Manifest): string {
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const within = namespace === undefined ? '' : `namespaces/${namespace}/`;
  return `${base}/${within}${plurals[kind]!}/${name}`;
}
