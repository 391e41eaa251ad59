import { Command } from 'commander';
import { readTargetList } from '../../forbear-file.js';
import { secretOf, type TargetEntry } from '../../target-settings.js';
import { operatorEnvironment } from '../environment.js';
import { printJson, printTable } from '../output.js';

const none =
  'No target is connected: name one in forbear.yaml, and the file in FORBEAR_CONFIG (docs/http-target.md, docs/sql-target.md, docs/targets/kubernetes.md).';

/** `forbear targets list`. */
export function listTargetsCommand(): Command {
  return new Command('list')
    .description('what forbear.yaml connects; of secrets only whether they are set')
    .option('--json', 'one JSON record a line')
    .action(list);
}

function list({ json }: { json?: boolean }): void {
  const targets = readTargetList(operatorEnvironment());
  if (json) {
    targets.forEach(printJson);
    return;
  }
  const rows = targets.map((entry) => {
    const secret = secretOf(entry);
    return [entry.name, entry.kind, whereOf(entry), secretAs(secret, entry.hasSecret)];
  });
  printTable(['name', 'kind', 'where', 'secret'], rows, none);
}

function whereOf(entry: TargetEntry): string {
  switch (entry.kind) {
    case 'http':
      return entry.base;
    case 'sql':
      return 'a database';
    case 'kubernetes':
      return entry.kubeconfigEnv === undefined ? 'the cluster that this runs in' : 'a cluster';
  }
}

function secretAs(variable: string | null, isSet: boolean): string {
  if (variable === null) return 'none';
  return isSet ? `in ${variable}` : `missing: set ${variable}`;
}
