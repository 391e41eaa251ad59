import { z } from 'zod';
import { createApi, type Api } from './api.js';
import { createConnection, type Access } from './connection.js';
import { manifestsFor } from './manifests.js';
import type { Manifest } from './manifest.js';
import type { KubernetesSettings } from './settings.js';

/**
 * Lays down what `manifestsFor` names, as somebody who may; safe to repeat. Returns where it did so. Throws `TARGET_REFUSED`
 * and `TARGET_UNAVAILABLE`.
 */
export async function installInCluster(access: Access, settings: KubernetesSettings): Promise<string> {
  const api = createApi('the cluster', createConnection('the cluster', access), 30_000);
  for (const manifest of manifestsFor(settings)) await layDown(api, manifest);
  return api.server();
}

/** What is others' too is added to; a role or a policy is put in the place of what somebody has made of it. */
async function layDown(api: Api, manifest: Manifest): Promise<void> {
  const path = pathOf(manifest);
  const isShared = ['Namespace', 'ServiceAccount'].includes(manifest.kind);
  const found = isShared ? null : await api.get(path, versionShape);
  if (found === null) return api.apply(path, manifest);
  const { resourceVersion } = found.metadata;
  return api.replace(path, { ...manifest, metadata: { ...manifest.metadata, resourceVersion } });
}

const versionShape = z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string() }) });

function pathOf({ apiVersion, kind, metadata: { name, namespace } }: Manifest): string {
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const within = namespace === undefined ? '' : `namespaces/${namespace}/`;
  return `${base}/${within}${pluralOf(kind)}/${name}`;
}

// Of the few kinds that are installed.
const pluralOf = (kind: string): string => `${kind.toLowerCase().replace(/y$/, 'ie')}s`;
