import { Command } from 'commander';
import { checkCommand } from './policy/check.js';
import { diffCommand } from './policy/diff.js';
import { impactCommand } from './policy/impact.js';
import { overrideCommand } from './policy/override.js';
import { previewCommand } from './policy/preview.js';
import { reissueCommand } from './policy/reissue.js';
import { schemaCommand } from './policy/schema.js';

/** `forbear policy …`: each command in a file of its own. */
export function policyCommand(): Command {
  const policy = new Command('policy').description(
    'what a policy says, what it would do, and whom it is for',
  );
  const commands = [
    checkCommand(),
    previewCommand(),
    diffCommand(),
    impactCommand(),
    reissueCommand(),
    overrideCommand(),
    schemaCommand(),
  ];
  commands.forEach((command) => policy.addCommand(command));
  return policy;
}
