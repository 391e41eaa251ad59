import { Command } from 'commander';
import { contractCommand } from './targets/contract.js';
import { kubernetesCommand } from './targets/kubernetes.js';
import { listTargetsCommand } from './targets/list.js';
import { verifyCommand } from './targets/verify.js';

/** `forbear targets …`: the platforms that are connected, and whether they keep the contract. */
export function targetsCommand(): Command {
  const command = new Command('targets').description(
    'the platforms that are connected, and whether they keep the contract',
  );
  for (const one of [listTargetsCommand(), verifyCommand(), contractCommand(), kubernetesCommand()])
    command.addCommand(one);
  return command;
}
