import { builtInKinds, kindsOf } from './kinds.js';
import { marks } from './marks.js';
import { policyNames } from './policy-names.js';
import { usernameOf, type KubernetesSettings } from './settings.js';

type Rule = {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly resources: readonly string[];
  readonly operations: readonly string[];
};
type Named = { readonly name: string; readonly expression: string };
type Validation = { readonly expression: string; readonly message: string };
type Policy = {
  readonly name: string;
  readonly rules: readonly Rule[];
  readonly conditions: readonly Named[];
  readonly variables?: readonly Named[];
  readonly validations: readonly Validation[];
  readonly namespaces?: Readonly<Record<string, string>>;
};
export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string } & Readonly<Record<string, unknown>>;
} & Readonly<Record<string, unknown>>;

/** The admission policies and their bindings. */
export function policyManifests(settings: KubernetesSettings): readonly Manifest[] {
  return [lockPolicy(settings), marksPolicy(settings), selfPolicy(settings)].flatMap(manifestsOf);
}

const rule = (group: string, resources: readonly string[], operations: readonly string[]): Rule => ({
  apiGroups: [group],
  apiVersions: ['*'],
  resources,
  operations,
});

const change = ['CREATE', 'UPDATE', 'DELETE'];

/** What runs something, or makes something run. */
function workloadRules({ customKinds }: KubernetesSettings, operations: readonly string[]): readonly Rule[] {
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
const system = ['system:kube-controller-manager', ...controllers];

const text = (value: string) => `'${value}'`;
const textsOf = (object: string, of: 'labels' | 'annotations') =>
  `(${object} != null && has(${object}.metadata.${of}) ? ${object}.metadata.${of} : {})`;
const valueOf = (object: string, of: 'labels' | 'annotations', key: string) =>
  `(${text(key)} in ${textsOf(object, of)} ? ${object}.metadata.${of}[${text(key)}] : '')`;

const notTheSystem = ({ exempt }: KubernetesSettings): Named => ({
  name: 'not-the-system',
  expression: `!(request.userInfo.username in [${[...system, ...exempt].map(text).join(', ')}])`,
});

/** A dry run of Forbear's that bears the mark meets the lock as a customer does: so Forbear knows that it is in force. */
const notForbear = (settings: KubernetesSettings): Named => ({
  name: 'not-forbear',
  expression:
    `request.userInfo.username != ${text(usernameOf(settings))} || ` +
    `(has(request.dryRun) && request.dryRun && ${text(marks.check)} in ${textsOf('object', 'annotations')})`,
});

function lockPolicy(settings: KubernetesSettings): Policy {
  const { label, message } = settings;
  const scaled = (object: string) =>
    `${object} != null && has(${object}.spec) && has(${object}.spec.scaleTargetRef) && ` +
    `variables.locks.exists(l, l.contains('/' + ${object}.spec.scaleTargetRef.kind.lowerAscii() + 's.') && ` +
    `l.endsWith('/' + ${object}.spec.scaleTargetRef.name))`;
  return {
    name: policyNames.lock,
    rules: [
      ...workloadRules(settings, change),
      rule('autoscaling', ['horizontalpodautoscalers'], change),
      rule('', ['pods'], ['CREATE']),
    ],
    conditions: [notForbear(settings), notTheSystem(settings)],
    variables: [
      {
        name: 'locks',
        expression:
          `!has(namespaceObject.metadata.annotations) ? [] : namespaceObject.metadata.annotations` +
          `.filter(k, k.startsWith(${text(marks.lockPrefix)})).map(k, namespaceObject.metadata.annotations[k])`,
      },
      {
        name: 'this',
        expression: `'/' + request.resource.resource + '.' + request.resource.group + '/' + request.name`,
      },
      {
        name: 'joins',
        expression:
          `${valueOf('object', 'labels', label)} != ${valueOf('oldObject', 'labels', label)} ` +
          `? ${valueOf('object', 'labels', label)} : ''`,
      },
    ],
    validations: [
      // A namespace of the account: all of it.
      { expression: `!variables.locks.exists(l, l.startsWith('namespace/'))`, message },
      // Else what is locked itself, what an autoscaler would scale of it, and whatever would join the account.
      { expression: `!variables.locks.exists(l, l.endsWith(variables.this))`, message },
      { expression: `!(${scaled('object')}) && !(${scaled('oldObject')})`, message },
      {
        expression: `variables.joins == '' || !variables.locks.exists(l, l.startsWith('label/' + variables.joins + '/'))`,
        message,
      },
    ],
    // Nobody waits for this policy, or depends on it, where nothing is locked.
    namespaces: { [marks.locked]: 'true' },
  };
}

function marksPolicy(settings: KubernetesSettings): Policy {
  const isNamespace = `request.resource.group == '' && request.resource.resource == 'namespaces'`;
  const [now, before] = [textsOf('object', 'annotations'), textsOf('oldObject', 'annotations')];
  const isMark = `(k.startsWith(${text(marks.lockPrefix)}) || k.startsWith(${text(marks.fencePrefix)}))`;
  const same = (of: 'labels' | 'annotations', key: string) =>
    `${valueOf('object', of, key)} == ${valueOf('oldObject', of, key)}`;
  const fence = (object: string) => valueOf(object, 'annotations', marks.fence);
  return {
    name: policyNames.marks,
    rules: [rule('', ['namespaces'], ['UPDATE', 'DELETE']), ...workloadRules(settings, ['CREATE', 'UPDATE'])],
    conditions: [notForbear(settings), notTheSystem(settings)],
    variables: [
      { name: 'namespace', expression: isNamespace },
      {
        name: 'locked',
        expression: `${valueOf('oldObject', 'labels', marks.locked)} == 'true'`,
      },
    ],
    validations: [
      {
        expression: `!variables.namespace || request.operation != 'DELETE' || !variables.locked`,
        message: settings.message,
      },
      {
        expression:
          `!variables.namespace || request.operation == 'DELETE' || (${same('labels', marks.locked)} && ` +
          `${now}.all(k, !${isMark} || (k in ${before} && ${before}[k] == ${now}[k])) && ` +
          `${before}.all(k, !${isMark} || k in ${now}))`,
        message: 'Only Forbear sets or lifts its locks.',
      },
      {
        expression: `!variables.namespace || request.operation == 'DELETE' || !variables.locked || ${same('labels', settings.label)}`,
        message: settings.message,
      },
      {
        // An older one comes with a roll-back to an older revision.
        expression:
          `variables.namespace || ${fence('object')} in ['', ${fence('oldObject')}] || ` +
          `(${fence('object')}.matches('^[0-9]{1,15}$') && ${fence('oldObject')}.matches('^[0-9]{1,15}$') && ` +
          `int(${fence('object')}) < int(${fence('oldObject')}))`,
        message: `Only Forbear raises ${marks.fence}.`,
      },
    ],
  };
}

function selfPolicy(settings: KubernetesSettings): Policy {
  const unless = (field: string) =>
    `!has(object.spec) || !has(object.spec.${field}) || (has(oldObject.spec.${field}) && object.spec.${field} == oldObject.spec.${field})`;
  const kept = (of: 'labels' | 'annotations') => {
    const [now, before] = [textsOf('object', of), textsOf('oldObject', of)];
    const isOurs = `k.contains('forbear.dev/')`;
    return (
      `${now}.all(k, ${isOurs} || (k in ${before} && ${before}[k] == ${now}[k])) && ` +
      `${before}.all(k, ${isOurs} || k in ${now})`
    );
  };
  const message = 'Forbear changes nothing but replicas, suspension and marks of its own.';
  return {
    name: policyNames.self,
    rules: [rule('', ['namespaces'], ['UPDATE']), ...workloadRules(settings, ['UPDATE'])],
    conditions: [
      { name: 'forbear', expression: `request.userInfo.username == ${text(usernameOf(settings))}` },
      { name: 'not-a-scale', expression: `request.subResource == ''` },
    ],
    validations: [
      { expression: unless('template'), message },
      { expression: unless('jobTemplate'), message },
      { expression: kept('labels'), message },
      { expression: kept('annotations'), message },
    ],
  };
}

function manifestsOf({ name, rules, conditions, variables = [], validations, namespaces }: Policy) {
  const api = 'admissionregistration.k8s.io/v1';
  const policy: Manifest = {
    apiVersion: api,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: { resourceRules: rules },
      matchConditions: conditions,
      ...(variables.length > 0 && { variables }),
      validations: validations.map((one) => ({ ...one, reason: 'Forbidden' })),
    },
  };
  const binding: Manifest = {
    apiVersion: api,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: {
      policyName: name,
      validationActions: ['Deny'],
      ...(namespaces !== undefined && { matchResources: { namespaceSelector: { matchLabels: namespaces } } }),
    },
  };
  return [policy, binding];
}
