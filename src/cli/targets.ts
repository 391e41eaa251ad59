import { Command } from 'commander';
import { checkTargetsCommand } from './targets/check.js';
import { contractCommand } from './targets/contract.js';
import { kubernetesCommand } from './targets/kubernetes.js';
import { listTargetsCommand } from './targets/list.js';
import { verifyCommand } from './targets/verify.js';

/** `forbear targets …`: the platforms that are connected, and whether they keep the contract. */
export function targetsCommand(): Command {
  const command = new Command('targets').description(
    'the platforms that are connected, and whether they keep the contract',
  );
  const all = [
    listTargetsCommand(),
    checkTargetsCommand(),
    verifyCommand(),
    contractCommand(),
    kubernetesCommand(),
  ];
  for (const one of all) command.addCommand(one);
  return command;
}
