import { Command } from 'commander';
import { contractDocument, contractYaml } from '../../adapters/http/contract.js';

/** `forbear targets contract`. */
export function contractCommand(): Command {
  return new Command('contract')
    .description('what a platform has to speak, as OpenAPI 3.1')
    .option('--json', 'as JSON instead of YAML')
    .action(({ json }: { json?: boolean }) => {
      process.stdout.write(json ? `${JSON.stringify(contractDocument(), null, 2)}\n` : contractYaml());
    });
}
