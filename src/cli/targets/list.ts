import { Command } from 'commander';
import { readTargetList } from '../../forbear-file.js';
import { operatorEnvironment } from '../environment.js';
import { printJson, printTable } from '../output.js';

const none =
  'No target is connected: name one in forbear.yaml, and the file in FORBEAR_CONFIG (docs/http-target.md).';

/** `forbear targets list`. */
export function listTargetsCommand(): Command {
  return new Command('list')
    .description('what forbear.yaml connects; of tokens only whether they are set')
    .option('--json', 'one JSON record a line')
    .action(list);
}

function list({ json }: { json?: boolean }): void {
  const targets = readTargetList(operatorEnvironment());
  if (json) {
    targets.forEach(printJson);
    return;
  }
  const rows = targets.map(({ name, kind, base, tokenEnv, hasToken }) => [
    name,
    kind,
    base,
    hasToken ? `in ${tokenEnv}` : `missing: set ${tokenEnv}`,
  ]);
  printTable(['name', 'kind', 'base', 'token'], rows, none);
}
