import { z } from 'zod';
import { PortError } from '../../ports/errors.js';
import type { Inspection, Right } from '../../ports/inspection.js';
import type { Api } from './api.js';
import type { Cluster } from './looking.js';
import type { Manifest } from './manifest.js';
import { policyManifests } from './policies.js';
import { excesses, needsOf, type Need } from './rights.js';
import { usernameOf } from './settings.js';

const versionShape = z.looseObject({ gitVersion: z.string() });
const selfShape = z.looseObject({
  status: z.looseObject({ userInfo: z.looseObject({ username: z.string() }) }),
});
const accessShape = z.looseObject({ status: z.looseObject({ allowed: z.boolean() }) });
const policyShape = z.looseObject({ spec: z.record(z.string(), z.unknown()) });

/** What was reached and as whom, each right that is needed or too much, and whether locks are enforced as they should be. */
export async function inspectCluster(cluster: Cluster): Promise<Inspection> {
  const { api, settings } = cluster;
  const version = await api.get('/version', versionShape);
  const self = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const asked = await api.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', self, selfShape);
  const { username } = asked.status.userInfo;
  const needs = needsOf(settings);
  return {
    reached: `Kubernetes ${version?.gitVersion ?? '(no version)'} at ${api.server()}, as ${username}`,
    rights: [
      ...(await Promise.all(needs.flatMap((need) => need.verbs.map((verb) => needed(api, need, verb))))),
      ...(await excessOf(api, needs)),
      whoRight(username, usernameOf(settings)),
      ...(await policyRights(cluster)),
    ],
  };
}

type Attributes = {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
};

async function isAllowed(api: Api, { resource, ...attributes }: Attributes): Promise<boolean> {
  const [plural = '', subresource] = resource.split('/');
  const resourceAttributes = {
    ...attributes,
    resource: plural,
    ...(subresource !== undefined && { subresource }),
  };
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes },
  };
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  return (await api.post(path, review, accessShape)).status.allowed;
}

async function needed(
  api: Api,
  { group, resource, namespace, names, without }: Need,
  verb: string,
): Promise<Right> {
  const held = await isAllowed(api, { group, resource, verb, namespace, name: names?.[0] });
  const where = namespace === undefined ? '' : ` in ${namespace}`;
  const name = `${verb} ${resource}${group === '' ? '' : `.${group}`}${where}`;
  return held ? { name, state: 'held', note: 'It is needed.' } : { name, state: 'missing', note: without };
}

async function excessOf(api: Api, needs: readonly Need[]): Promise<readonly Right[]> {
  const isNeeded = (group: string, resource: string, verb: string) =>
    needs.some(
      (need) =>
        need.group === group &&
        need.resource === resource &&
        need.verbs.includes(verb) &&
        need.namespace === undefined,
    );
  const tried = excesses.filter(({ group, resource, verb }) => !isNeeded(group, resource, verb));
  const found = await Promise.all(tried.map((one) => isAllowed(api, one)));
  return tried
    .filter((_, index) => found[index])
    .map(({ group, resource, verb, could }) => ({
      name: `${verb} ${resource}${group === '' ? '' : `.${group}`}`,
      state: 'excess',
      note: could,
    }));
}

const whoRight = (username: string, wanted: string): Right =>
  username === wanted
    ? { name: 'the lock’s exemption', state: 'held', note: `The lock lets ${wanted} through.` }
    : {
        name: 'the lock’s exemption',
        state: 'missing',
        note: `The lock lets ${wanted} through, and this is ${username}: it could not give back what it locked.`,
      };

async function policyRights({ api, settings }: Cluster): Promise<readonly Right[]> {
  return Promise.all(policyManifests(settings).map((wanted) => policyRight(api, wanted)));
}

/** A policy that was changed by hand counts as one that is not there. */
async function policyRight(api: Api, wanted: Manifest): Promise<Right> {
  const isPolicy = wanted.kind === 'ValidatingAdmissionPolicy';
  const plural = isPolicy ? 'validatingadmissionpolicies' : 'validatingadmissionpolicybindings';
  const name = `${isPolicy ? 'policy' : 'binding'} ${wanted.metadata.name}`;
  const path = `/apis/admissionregistration.k8s.io/v1/${plural}/${wanted.metadata.name}`;
  const found = await readOrNull(() => api.get(path, policyShape));
  if (found === 'refused') return { name, state: 'unknown', note: 'It may not be read.' };
  const missing = (note: string): Right => ({ name, state: 'missing', note });
  if (found === null)
    return missing('Without it locks are not enforced: `forbear targets kubernetes install`.');
  return isAs(wanted['spec'], found.spec)
    ? { name, state: 'held', note: 'It is as Forbear installs it.' }
    : missing('It is another one than Forbear installs: `forbear targets kubernetes install`.');
}

async function readOrNull<T>(read: () => Promise<T>): Promise<T | 'refused'> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof PortError && error.code === 'TARGET_REFUSED') return 'refused';
    throw error;
  }
}

/** Whether it is what is wanted and no more than the server's defaults besides: a selector could let some go free. */
function isAs(wanted: unknown, found: unknown): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(found) &&
      wanted.length === found.length &&
      wanted.every((one, index) => isAs(one, found[index]))
    );
  if (typeof wanted !== 'object' || wanted === null) return wanted === found;
  if (typeof found !== 'object' || found === null) return false;
  const all = new Map<string, unknown>(Object.entries(wanted));
  return (
    [...all].every(([key, value]) => isAs(value, (found as Record<string, unknown>)[key])) &&
    Object.entries(found).every(([key, value]) => all.has(key) || isDefault(value))
  );
}

const isDefault = (value: unknown): boolean => ['"*"', '"Equivalent"', '{}'].includes(JSON.stringify(value));
