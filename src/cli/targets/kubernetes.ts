import { Command } from 'commander';
import { stringify } from 'yaml';
import { manifestsFor } from '../../adapters/kubernetes/manifests.js';
import type { KubernetesSettings } from '../../adapters/kubernetes/settings.js';
import type { Env } from '../../config-parts.js';
import { readTargetList } from '../../forbear-file.js';
import { PortError } from '../../ports/errors.js';
import { operatorEnvironment } from '../environment.js';
import { CommandFailure, print } from '../output.js';

type InstallFlags = {
  readonly apply?: boolean;
  readonly kubeconfig?: string;
  readonly context?: string;
};

/** `forbear targets kubernetes …`. */
export function kubernetesCommand(): Command {
  const install = new Command('install')
    .argument('[name]', 'the target in forbear.yaml (default: the only one of its kind)')
    .description('what a cluster needs first: an account, its roles and the policies that enforce locks')
    .option('--apply', 'lay it down in the cluster, instead of printing it as YAML')
    .option('--kubeconfig <file>', 'of somebody who may do that (default: the file that KUBECONFIG names)')
    .option('--context <context>', 'of that file (default: the current one)')
    .action(installKubernetes);
  return new Command('kubernetes').description('clusters of Kubernetes as targets').addCommand(install);
}

async function installKubernetes(name: string | undefined, flags: InstallFlags): Promise<void> {
  const env = operatorEnvironment();
  const settings = settingsOf(env, name);
  if (flags.apply !== true) {
    print(
      manifestsFor(settings)
        .map((one) => stringify(one, { lineWidth: 0 }))
        .join('---\n')
        .trimEnd(),
    );
    return;
  }
  const kubeconfig = flags.kubeconfig ?? env['KUBECONFIG'];
  // Not the one of forbear.yaml: that is of an account which may do far less, and which this makes.
  if (kubeconfig === undefined || kubeconfig === '')
    throw new CommandFailure(
      'usage',
      '--apply needs --kubeconfig, or KUBECONFIG, of somebody who may do that',
    );
  const { installInCluster } = await import('../../adapters/kubernetes/install.js');
  try {
    const server = await installInCluster({ kubeconfig, context: flags.context }, settings);
    print(`${manifestsFor(settings).length} objects are as they should be at ${server}.`);
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    throw new CommandFailure(error.code === 'TARGET_REFUSED' ? 'refused' : 'failed', error.message);
  }
}

function settingsOf(env: Env, name: string | undefined): KubernetesSettings {
  const all = readTargetList(env).filter((entry) => entry.kind === 'kubernetes');
  const [entry, ...more] = name === undefined ? all : all.filter((one) => one.name === name);
  if (entry === undefined)
    throw new CommandFailure(
      'usage',
      name === undefined
        ? 'forbear.yaml names no target of the kind kubernetes'
        : `no target of the kind kubernetes is called "${name}"`,
    );
  if (more.length > 0)
    throw new CommandFailure('usage', `say which one: ${all.map((one) => one.name).join(', ')}`);
  return entry;
}
