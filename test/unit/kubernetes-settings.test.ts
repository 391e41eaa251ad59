import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { manifestsFor } from '../../src/adapters/kubernetes/manifests.js';
import { kubernetesShape } from '../../src/adapters/kubernetes/settings.js';
import { targetEntries, targetOf } from '../../src/target-settings.js';
import { openTarget } from '../../src/wiring-targets.js';
import { checkout } from '../support/stack-folder.js';

const page = readFileSync(join(checkout, 'docs/targets/kubernetes.md'), 'utf8');
const blockOf = (label: string) =>
  new RegExp(`\`\`\`yaml ${label}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? '';
const entry = { kind: 'kubernetes', name: 'cluster', kubeconfigEnv: 'KUBE', find: 'namespace' };
const mistakesIn = (changes: object): string[] => {
  const parsed = targetEntries.safeParse([{ ...entry, ...changes }]);
  return parsed.success ? [] : parsed.error.issues.map(({ message }) => message);
};

describe('a Kubernetes target in forbear.yaml', () => {
  it('is as the documentation has it, and opens without reaching for the cluster', () => {
    const [read] = targetEntries.parse((parse(blockOf('forbear\\.yaml')) as { targets: unknown }).targets);
    const config = targetOf(read!, { FORBEAR_KUBECONFIG: '/etc/forbear/kubeconfig' }, 'the page');
    expect(config).toMatchObject({
      kind: 'kubernetes',
      access: { kubeconfig: '/etc/forbear/kubeconfig' },
      settings: {
        find: 'namespace',
        label: 'forbear.dev/account',
        serviceAccount: { namespace: 'forbear', name: 'forbear' },
        decommission: { kinds: ['Deployment', 'StatefulSet'], volumes: false },
      },
    });
    expect(openTarget(config).name).toBe('cluster');
  });

  it('is reached by a kubeconfig or from within, and says what is not set', () => {
    const [inside] = targetEntries.parse([{ ...entry, kubeconfigEnv: undefined, inCluster: true }]);
    expect(targetOf(inside!, {}, 'target')).toMatchObject({ access: { inCluster: true } });
    const [outside] = targetEntries.parse([entry]);
    expect(() => targetOf(outside!, {}, 'target cluster')).toThrow(/need KUBE, which is not set/);
  });

  it.each([
    [{ kubeconfigEnv: undefined }, 'needs either kubeconfigEnv or inCluster: true'],
    [{ inCluster: true }, 'needs either kubeconfigEnv or inCluster: true'],
    [{ label: 'a=b' }, 'is no key of a label'],
    [{ label: "x'y" }, 'is no key of a label'],
    [{ namespaces: [] }, 'names no namespace'],
    [{ namespaces: ['a/b'] }, 'is no name of a namespace'],
    [{ exempt: ["o'brien"] }, 'is no name of a user'],
    [{ message: 'two\nlines' }, 'is one line'],
    [
      { customKinds: [{ apiVersion: 'v1', kind: 'Pod', plural: 'pods' }] },
      'is a group and a version: example.com/v1',
    ],
    [
      { decommission: { kinds: ['Deployment'] } },
      'nothing is deleted without an archive: name its namespace',
    ],
    [
      { archive: { namespace: 'a' }, decommission: { kinds: ['Deploiment'] } },
      'knows no kind Deploiment: there are Deployment, StatefulSet, ReplicaSet, CronJob',
    ],
    [
      { archive: { namespace: 'a' }, decommission: { kinds: ['StatefulSet'], volumes: true } },
      'no volume is deleted without a snapshot: name archive.volumeSnapshotClass',
    ],
  ])('is refused with %j', (changes, mistake) => {
    expect(mistakesIn(changes)).toEqual([mistake]);
  });

  it('knows no other fields', () => {
    expect(mistakesIn({ selector: '' })).toHaveLength(1);
    expect(mistakesIn({ find: 'everything' })).toHaveLength(1);
  });
});

describe('what a cluster needs', () => {
  const rulesOf = (name: string, settings: object) => {
    const shape = kubernetesShape.parse({ find: 'namespace', ...settings });
    const role = manifestsFor(shape).find((one) => one.kind === 'ClusterRole' && one.metadata.name === name);
    return role?.['rules'];
  };

  it('is the role of the documentation', () => {
    expect(rulesOf('forbear-pause', {})).toEqual(parse(blockOf('forbear-pause')));
  });

  it('is no right to delete unless the settings say so, and then only of the kinds that they name', () => {
    expect(rulesOf('forbear-decommission', {})).toBeUndefined();
    const settings = { archive: { namespace: 'a' }, decommission: { kinds: ['StatefulSet'] } };
    expect(rulesOf('forbear-decommission', settings)).toEqual([
      { apiGroups: ['apps'], resources: ['statefulsets'], verbs: ['delete'] },
    ]);
    expect(JSON.stringify(rulesOf('forbear-pause', settings))).not.toContain('delete');
  });

  it('holds the operator’s message as it is written, and only lets through who is named', () => {
    const shape = kubernetesShape.parse({ find: 'label', message: "It's paused", exempt: ['system:argo'] });
    const text = JSON.stringify(manifestsFor(shape));
    expect(text).toContain("It's paused");
    expect(text).toContain("'system:argo'");
    expect(text).not.toContain('system:masters');
  });
});
