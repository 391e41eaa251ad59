import { PortError } from '../../ports/errors.js';
import type { Resource } from '../../ports/target.js';
import type { CustomKind } from './settings.js';

/** A kind that Forbear acts on. `scale`: by its number of replicas; `suspend`: by `spec.suspend`. */
export type Kind = {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly how: 'scale' | 'suspend';
};

const apps = (plural: string, kind: string): Kind => ({
  group: 'apps',
  version: 'v1',
  plural,
  kind,
  how: 'scale',
});

export const builtInKinds: readonly Kind[] = [
  apps('deployments', 'Deployment'),
  apps('statefulsets', 'StatefulSet'),
  apps('replicasets', 'ReplicaSet'),
  { group: 'batch', version: 'v1', plural: 'cronjobs', kind: 'CronJob', how: 'suspend' },
];

/** Every kind that is looked for. */
export function kindsOf(customKinds: readonly CustomKind[]): readonly Kind[] {
  const custom = customKinds.map(({ apiVersion, kind, plural }): Kind => {
    const [group = '', version = ''] = apiVersion.split('/');
    return { group, version, plural, kind, how: 'scale' };
  });
  return [...builtInKinds, ...custom];
}

/** A workload by its place. */
export type Place = { readonly kind: Kind; readonly namespace: string; readonly name: string };

export const idOf = ({ kind: { group, version, plural }, namespace, name }: Place): string =>
  `${group}/${version}/${plural}/${namespace}/${name}`;

const name = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/** The place that an id names. Throws `TARGET_REFUSED` when it is no id of ours. */
export function placeOf(who: string, kinds: readonly Kind[], { id }: Resource): Place {
  const [group, version, plural, namespace = '', called = '', ...more] = id.split('/');
  const kind = kinds.find((k) => k.group === group && k.version === version && k.plural === plural);
  if (kind === undefined || more.length > 0 || !name.test(namespace) || !name.test(called))
    throw new PortError('TARGET_REFUSED', `${who}: ${id} is no workload that this target acts on`);
  return { kind, namespace, name: called };
}

/** Where a kind is listed; in all namespaces when none is given. */
export const listPath = ({ group, version, plural }: Kind, namespace?: string): string =>
  `/apis/${group}/${version}/${namespace === undefined ? '' : `namespaces/${namespace}/`}${plural}`;

export const pathOf = ({ kind, namespace, name: called }: Place): string =>
  `${listPath(kind, namespace)}/${called}`;
