import { kindsOf, type Kind } from './kinds.js';
import { policyNames } from './policy-names.js';
import type { KubernetesSettings } from './settings.js';

/** What Forbear has to be allowed. `pause` takes and gives back; `archive` and `decommission` only where the settings say so. */
export type Need = {
  readonly role: 'pause' | 'archive' | 'decommission';
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  /** Only there; in all namespaces if left out. */
  readonly namespace?: string;
  /** Only these. */
  readonly names?: readonly string[];
  /** What can't be done without it. */
  readonly without: string;
};

/** Every right that the settings need, and no other. The roles that are installed and the inspection go by it. */
export function needsOf(settings: KubernetesSettings): readonly Need[] {
  const kinds = kindsOf(settings.customKinds);
  return [
    ...kinds.flatMap(pauseNeeds),
    {
      role: 'pause',
      group: 'batch',
      resource: 'jobs',
      verbs: ['list', 'patch'],
      without: 'Jobs of a paused CronJob would run on.',
    },
    {
      role: 'pause',
      group: '',
      resource: 'pods',
      verbs: ['list'],
      without: 'Nothing would be known to be off.',
    },
    {
      role: 'pause',
      group: '',
      resource: 'namespaces',
      verbs: ['get', 'list', 'patch'],
      without: 'No account would be found, and none locked.',
    },
    ...['validatingadmissionpolicies', 'validatingadmissionpolicybindings'].map((resource): Need => ({
      role: 'pause',
      group: 'admissionregistration.k8s.io',
      resource,
      verbs: ['get'],
      names: Object.values(policyNames),
      without: 'It could not be seen here whether locks are enforced.',
    })),
    ...archiveNeeds(settings),
    ...decommissionNeeds(settings, kinds),
  ];
}

function pauseNeeds({ group, plural, kind, how }: Kind): Need[] {
  const without = `No ${kind} would be found, paused or given back.`;
  const own: Need = { role: 'pause', group, resource: plural, verbs: ['get', 'list', 'patch'], without };
  if (how === 'suspend') return [own];
  return [own, { ...own, resource: `${plural}/scale`, verbs: ['get', 'patch'] }];
}

function archiveNeeds({ archive }: KubernetesSettings): Need[] {
  if (archive === undefined) return [];
  const base = { role: 'archive', without: 'No archive could be taken.' } as const;
  const { namespace, volumeSnapshotClass } = archive;
  const needs: Need[] = [
    { ...base, group: '', resource: 'secrets', verbs: ['get', 'create', 'patch'], namespace },
    { ...base, group: '', resource: 'persistentvolumeclaims', verbs: ['list'] },
  ];
  if (volumeSnapshotClass === undefined) return needs;
  const group = 'snapshot.storage.k8s.io';
  return [...needs, { ...base, group, resource: 'volumesnapshots', verbs: ['get', 'create', 'patch'] }];
}

function decommissionNeeds({ decommission }: KubernetesSettings, kinds: readonly Kind[]): Need[] {
  if (decommission === undefined) return [];
  const base = {
    role: 'decommission',
    verbs: ['delete'],
    without: 'Nothing could be deleted for good.',
  } as const;
  const named = kinds.filter(({ kind }) => decommission.kinds.includes(kind));
  const needs = named.map(({ group, plural }): Need => ({ ...base, group, resource: plural }));
  if (!decommission.volumes) return needs;
  return [...needs, { ...base, group: '', resource: 'persistentvolumeclaims', verbs: ['get', 'delete'] }];
}

export type Excess = {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  readonly could: string;
};

/** What nobody needs for any of it. One who has got hold of Forbear's token could do it. */
export const excesses: readonly Excess[] = [
  { group: '*', resource: '*', verb: '*', could: 'Everything could be done in this cluster.' },
  { group: '', resource: 'secrets', verb: 'get', could: 'Every secret of every namespace could be read.' },
  { group: '', resource: 'pods', verb: 'create', could: 'Anything could be run.' },
  { group: '', resource: 'pods/exec', verb: 'create', could: 'Commands could be run in every Pod.' },
  { group: '', resource: 'namespaces', verb: 'delete', could: 'Whole namespaces could be deleted.' },
  { group: 'apps', resource: 'deployments', verb: 'create', could: 'Anything could be run.' },
  { group: 'apps', resource: 'deployments', verb: 'delete', could: 'Every Deployment could be deleted.' },
  { group: 'apps', resource: 'statefulsets', verb: 'delete', could: 'Every StatefulSet could be deleted.' },
  { group: '', resource: 'persistentvolumeclaims', verb: 'delete', could: 'Every volume could be deleted.' },
  {
    group: 'rbac.authorization.k8s.io',
    resource: 'clusterrolebindings',
    verb: 'create',
    could: 'Further rights could be taken.',
  },
  { group: '', resource: 'users', verb: 'impersonate', could: 'It could act as anybody.' },
];
