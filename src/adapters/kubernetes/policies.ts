import { marks } from './marks.js';
import type { Manifest } from './manifest.js';
import { policyNames } from './policy-names.js';
import { rule, system, withoutScale, workloadRules, type Rule } from './policy-rules.js';
import { usernameOf, type KubernetesSettings } from './settings.js';

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
/** The admission policies and their bindings. */
export function policyManifests(settings: KubernetesSettings): readonly Manifest[] {
  return [lockPolicy(settings), marksPolicy(settings), selfPolicy(settings)].flatMap(manifestsOf);
}

const change = ['CREATE', 'UPDATE', 'DELETE'];

const text = (value: string) => `'${value}'`;
const metadataOf = (object: string, of: 'labels' | 'annotations') =>
  `(${object} != null && has(${object}.metadata.${of}) ? ${object}.metadata.${of} : {})`;
// As variables, which later expressions use by name.
const metadata: readonly Named[] = [
  { name: 'labels', expression: metadataOf('object', 'labels') },
  { name: 'labelsBefore', expression: metadataOf('oldObject', 'labels') },
  { name: 'annotations', expression: metadataOf('object', 'annotations') },
  { name: 'annotationsBefore', expression: metadataOf('oldObject', 'annotations') },
];
const valueOf = (variable: string, key: string) =>
  `(${text(key)} in variables.${variable} ? string(variables.${variable}[${text(key)}]) : '')`;
const isSame = (of: 'labels' | 'annotations', key: string) =>
  `${valueOf(of, key)} == ${valueOf(`${of}Before`, key)}`;
/** That of all keys only such ones differ that `may` lets. */
const areKept = (of: 'labels' | 'annotations', may: string) => {
  const [now, before] = [`variables.${of}`, `variables.${of}Before`];
  return (
    `${now}.all(k, ${may} || (k in ${before} && ${before}[k] == ${now}[k])) && ` +
    `${before}.all(k, ${may} || k in ${now})`
  );
};

const notTheSystem = ({ exempt }: KubernetesSettings): Named => ({
  name: 'not-the-system',
  expression: `!(request.userInfo.username in [${[...system, ...exempt].map(text).join(', ')}])`,
});

/** A dry run of Forbear's that bears the mark meets the lock as a customer does: so Forbear knows that it is in force. */
const notForbear = (settings: KubernetesSettings): Named => ({
  name: 'not-forbear',
  expression:
    `request.userInfo.username != ${text(usernameOf(settings))} || ` +
    `(has(request.dryRun) && request.dryRun && ${text(marks.check)} in ${metadataOf('object', 'annotations')})`,
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
      ...metadata,
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
        expression: `${isSame('labels', label)} ? '' : ${valueOf('labels', label)}`,
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
  const isOther = `!k.startsWith(${text(marks.lockPrefix)}) && !k.startsWith(${text(marks.fencePrefix)})`;
  const [fence, fenceBefore] = [
    valueOf('annotations', marks.fence),
    valueOf('annotationsBefore', marks.fence),
  ];
  const ofNamespace = (expression: string) => `!variables.isNamespace || ${expression}`;
  return {
    name: policyNames.marks,
    rules: [rule('', ['namespaces'], ['UPDATE', 'DELETE']), ...workloadRules(settings, ['CREATE', 'UPDATE'])],
    conditions: [notForbear(settings), notTheSystem(settings)],
    variables: [
      ...metadata,
      {
        name: 'isNamespace',
        expression: `request.resource.group == '' && request.resource.resource == 'namespaces'`,
      },
      { name: 'isDeleted', expression: `request.operation == 'DELETE'` },
      { name: 'isLocked', expression: `${valueOf('labelsBefore', marks.locked)} == 'true'` },
    ],
    validations: [
      { expression: ofNamespace('!variables.isDeleted || !variables.isLocked'), message: settings.message },
      {
        expression: ofNamespace(
          `variables.isDeleted || (${isSame('labels', marks.locked)} && ${areKept('annotations', isOther)})`,
        ),
        message: 'Only Forbear sets or lifts its locks.',
      },
      {
        expression: ofNamespace(
          `variables.isDeleted || !variables.isLocked || ${isSame('labels', settings.label)}`,
        ),
        message: settings.message,
      },
      {
        // An older one comes with a roll-back to an older revision.
        expression:
          `variables.isNamespace || ${fence} == '' || ${fence} == ${fenceBefore} || ` +
          `(${fence}.matches('^[0-9]{1,15}$') && ${fenceBefore}.matches('^[0-9]{1,15}$') && int(${fence}) < int(${fenceBefore}))`,
        message: `Only Forbear raises ${marks.fence}.`,
      },
    ],
  };
}

/** What a stolen token of Forbear's could do with its right to patch is bounded by this. */
function selfPolicy(settings: KubernetesSettings): Policy {
  const isOurs = `k.startsWith('forbear.dev/') || k.contains('.forbear.dev/')`;
  const unlessChanged = (field: string) =>
    `!has(object.spec) || !has(object.spec.${field}) || ` +
    `(has(oldObject.spec.${field}) && object.spec.${field} == oldObject.spec.${field})`;
  const validations = [
    unlessChanged('template'),
    unlessChanged('jobTemplate'),
    areKept('labels', isOurs),
    areKept('annotations', isOurs),
  ];
  const message = 'Forbear changes nothing but replicas, suspension and marks of its own.';
  return {
    name: policyNames.self,
    rules: [rule('', ['namespaces'], ['UPDATE']), ...workloadRules(settings, ['UPDATE']).map(withoutScale)],
    conditions: [
      { name: 'forbear', expression: `request.userInfo.username == ${text(usernameOf(settings))}` },
    ],
    variables: metadata,
    validations: validations.map((expression) => ({ expression, message })),
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
