import { createHash } from 'node:crypto';
import { z } from 'zod';
import { PortError } from '../../ports/errors.js';
import type { Resource, TargetAccount, TargetOrder } from '../../ports/target.js';
import type { Cluster, Seen } from './looking.js';
import { look, untilUndisturbed, patchFenced } from './looking.js';
import { hashOf } from './marks.js';
import { objectShape, type KubeObject } from './objects.js';
import { claimsOf } from './volumes.js';
import { mustBeReady, takeSnapshots } from './volume-snapshots.js';

const contentShape = z.strictObject({
  account: z.string(),
  id: z.string(),
  workload: objectShape,
  claims: z.array(objectShape),
  /** The names of the volume snapshots, in the namespace of the workload. */
  snapshots: z.array(z.string()),
});
export type Archived = z.infer<typeof contentShape>;

const secretShape = z.looseObject({ data: z.record(z.string(), z.string()).default({}) });

type Place = {
  readonly location: string;
  readonly path: string;
  readonly name: string;
  readonly namespace: string;
};

function placeFor({ api, settings: { archive } }: Cluster, account: TargetAccount, { id }: Resource): Place {
  if (archive === undefined)
    throw new PortError('NOT_OFFERED', `${api.name}: the settings name no namespace for archives`);
  const { namespace } = archive;
  // An account's own archive, in one place however often it is taken.
  const name = `forbear-archive-${hashOf(`${account.id} ${id}`)}`;
  const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
  return { location: `secret/${namespace}/${name}`, path, name, namespace };
}

/**
 * Keeps the manifests of the workload and of its volume claims in a Secret, because a Pod's template may hold one in its
 * environment; and asks for a snapshot of each volume where the settings name a class for them.
 */
export async function archive(
  cluster: Cluster,
  account: TargetOrder,
  resource: Resource,
): Promise<{ location: string }> {
  const place = placeFor(cluster, account, resource);
  await untilUndisturbed(cluster, resource.id, async () => {
    const seen = await look(cluster, account, resource);
    if (seen === null)
      throw new PortError(
        'TARGET_REFUSED',
        `${cluster.api.name}: nothing is left of ${resource.id} to archive`,
      );
    const fenced = await patchFenced(cluster, account, seen);
    if (fenced !== null) await keep(cluster, place, await contentOf(cluster, account, resource, seen));
  });
  return { location: place.location };
}

async function contentOf(
  cluster: Cluster,
  { id: account }: TargetAccount,
  { id }: Resource,
  seen: Seen,
): Promise<Archived> {
  const claims = await claimsOf(cluster, seen);
  const snapshots = await takeSnapshots(cluster, seen, claims);
  return { account, id, workload: clean(seen.object), claims: claims.map(clean), snapshots };
}

/** Without what the server keeps for itself. */
function clean(object: KubeObject): KubeObject {
  const metadata = { ...object.metadata };
  delete metadata['managedFields'];
  return { ...object, metadata, status: {} };
}

async function keep({ api }: Cluster, { path, name, namespace }: Place, content: Archived): Promise<void> {
  const text = JSON.stringify(content);
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'forbear.dev/archive',
    metadata: { name, namespace },
    data: { content: base64(text), sha256: base64(sha256(text)) },
  };
  await api.apply(path, body);
}

/** Reads the archive back. Throws `NOT_VERIFIED` when it is not all there or not of this resource. */
export async function readArchive(
  cluster: Cluster,
  account: TargetAccount,
  resource: Resource,
): Promise<{ readonly content: Archived; readonly hash: string }> {
  const { path } = placeFor(cluster, account, resource);
  const fail = (what: string) =>
    new PortError('NOT_VERIFIED', `${cluster.api.name}: the archive of ${resource.id} ${what}`);
  const secret = await cluster.api.get(path, secretShape);
  if (secret === null) throw fail('is not there');
  const { content = '', sha256: kept = '' } = secret.data;
  const text = Buffer.from(content, 'base64').toString('utf8');
  const hash = sha256(text);
  if (hash !== Buffer.from(kept, 'base64').toString('utf8')) throw fail('is not as it was taken');
  const read = contentShape.safeParse(JSON.parse(text));
  if (!read.success || read.data.id !== resource.id || read.data.account !== account.id)
    throw fail('is of something else');
  return { content: read.data, hash };
}

/** Returns what was found, for the audit log. */
export async function verifyArchive(
  cluster: Cluster,
  account: TargetAccount,
  resource: Resource,
  location: string,
): Promise<string> {
  if (placeFor(cluster, account, resource).location !== location)
    throw new PortError('NOT_VERIFIED', `${cluster.api.name}: ${location} is no archive of ${resource.id}`);
  const { content, hash } = await readArchive(cluster, account, resource);
  await mustBeReady(cluster, resource, content.snapshots);
  const { claims, snapshots } = content;
  return `manifests of 1 workload and ${claims.length} volume claims, ${snapshots.length} volume snapshots ready, sha256 ${hash}`;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const base64 = (text: string) => Buffer.from(text).toString('base64');
