import { Command } from 'commander';
import { loadPolicy } from '../../policy/load.js';
import { print, printJson } from '../output.js';

/** `forbear policy check`. */
export function checkCommand(): Command {
  return new Command('check')
    .argument('<file>')
    .description('whether a file is a policy; every mistake with its place and a remedy')
    .option('--json', 'for programs')
    .action((file: string, flags: { json?: boolean }) => {
      const { policy, version, segments } = loadPolicy(file);
      const names = segments.map(({ name }) => name);
      if (flags.json) printJson({ file, name: policy.name, version, segments: names });
      else print(`${file} is a policy: ${policy.name}, version ${version}${listed(names)}.`);
    });
}

const listed = (names: readonly string[]) =>
  names.length === 0 ? '' : `, with the segments ${names.join(', ')}`;
