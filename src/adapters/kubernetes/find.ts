import type { Resource, TargetAccount } from '../../ports/target.js';
import { idOf, listPath, type Kind } from './kinds.js';
import { labelOf, namespacePath, type Cluster } from './looking.js';
import { objectShape, type KubeObject } from './objects.js';

/** Every workload of the account. One that a workload of ours makes and scales by itself is part of that one. */
export async function findWorkloads(cluster: Cluster, account: TargetAccount): Promise<readonly Resource[]> {
  const { api, kinds, settings } = cluster;
  const ref = labelOf(cluster, account);
  const selected = { labelSelector: `${settings.label}=${ref}` };
  const carries = ({ metadata }: KubeObject) => metadata.labels[settings.label] === ref;
  // `undefined`: in all of them.
  const places: readonly (string | undefined)[] =
    settings.find === 'namespace'
      ? await namespacesOf(cluster, selected, carries)
      : (settings.namespaces ?? [undefined]);
  const found: Resource[] = [];
  for (const namespace of places)
    for (const kind of kinds) {
      const query = settings.find === 'label' ? selected : {};
      const objects = await api.list(listPath(kind, namespace), query);
      // A server that did not select has told of everybody: what does not carry the label is nobody's.
      const ours = settings.find === 'label' ? objects.filter(carries) : objects;
      found.push(...ours.filter((one) => !isMadeBy(one, kinds)).map((one) => resourceOf(kind, one)));
    }
  return found;
}

async function namespacesOf(
  { api, settings }: Cluster,
  selected: Readonly<Record<string, string>>,
  carries: (object: KubeObject) => boolean,
): Promise<readonly string[]> {
  if (settings.namespaces === undefined)
    return (await api.list('/api/v1/namespaces', selected))
      .filter(carries)
      .map(({ metadata }) => metadata.name);
  const found: string[] = [];
  for (const name of settings.namespaces) {
    const namespace = await api.get(namespacePath(name), objectShape);
    if (namespace !== null && carries(namespace)) found.push(name);
  }
  return found;
}

function isMadeBy({ metadata }: KubeObject, kinds: readonly Kind[]): boolean {
  return metadata.ownerReferences.some(
    ({ controller, apiVersion, kind }) =>
      controller && kinds.some((one) => one.kind === kind && `${one.group}/${one.version}` === apiVersion),
  );
}

const resourceOf = (kind: Kind, { metadata }: KubeObject): Resource => ({
  id: idOf({ kind, namespace: metadata.namespace ?? '', name: metadata.name }),
  kind: kind.kind,
});
