import { z } from 'zod';
import { kindsOf } from './adapters/kubernetes/kinds.js';
import { kubernetesShape } from './adapters/kubernetes/settings.js';
import { entryName, valueOf, variable, type Env } from './config-parts.js';

/** A cluster as forbear.yaml names it. */
export const kubernetesEntry = kubernetesShape
  .extend({
    kind: z.literal('kubernetes'),
    name: entryName,
    /** The variable that holds the path of a kubeconfig. */
    kubeconfigEnv: variable.optional(),
    context: z.string().min(1).optional(),
    /** Forbear runs in the cluster itself, as a Pod with its service account. */
    inCluster: z.literal(true).optional(),
  })
  .superRefine((entry, { addIssue }) => {
    const { kubeconfigEnv, inCluster, context, archive, decommission, customKinds } = entry;
    const known = kindsOf(customKinds).map(({ kind }) => kind);
    const stranger = decommission?.kinds.find((kind) => !known.includes(kind));
    if (stranger !== undefined) addIssue(`knows no kind ${stranger}: there are ${known.join(', ')}`);
    if ((kubeconfigEnv === undefined) === (inCluster === undefined))
      addIssue('needs either kubeconfigEnv or inCluster: true');
    if (context !== undefined && kubeconfigEnv === undefined) addIssue('a context is one of a kubeconfig');
    if (decommission !== undefined && archive === undefined)
      addIssue('nothing is deleted without an archive: name its namespace');
    if (decommission?.volumes === true && archive?.volumeSnapshotClass === undefined)
      addIssue('no volume is deleted without a snapshot: name archive.volumeSnapshotClass');
  });

type KubernetesEntry = z.infer<typeof kubernetesEntry>;
export type KubernetesConfig = Pick<KubernetesEntry, 'kind' | 'name'> & {
  readonly access:
    { readonly kubeconfig: string; readonly context?: string | undefined } | { readonly inCluster: true };
  readonly settings: z.infer<typeof kubernetesShape>;
};

const path = z.string();

/** An entry with the path that the environment holds for it. Throws `ConfigError`. */
export function kubernetesOf(entry: KubernetesEntry, env: Env, who: string): KubernetesConfig {
  const { kind, name, kubeconfigEnv, context, inCluster, ...settings } = entry;
  if (inCluster === true || kubeconfigEnv === undefined)
    return { kind, name, settings, access: { inCluster: true } };
  const kubeconfig = valueOf(env, kubeconfigEnv, path, `${who}: its requests`);
  return { kind, name, settings, access: { kubeconfig, context } };
}
