import { Command } from 'commander';
import type { PolicyBook } from '../../policy/book.js';
import { loadPolicy } from '../../policy/load.js';
import { formatWhen } from '../../policy/segments.js';
import { print, printJson } from '../output.js';

/** `forbear policy check`. */
export function checkCommand(): Command {
  return new Command('check')
    .argument('<file>')
    .description('whether a file is a policy; every mistake with its place and a remedy')
    .option('--json', 'for programs')
    .action((file: string, flags: { json?: boolean }) => {
      const book = loadPolicy(file);
      const { policy, version, segments } = book;
      const names = segments.map(({ name }) => name);
      if (flags.json) printJson({ file, name: policy.name, version, segments: names });
      else {
        print(`${file} is a policy: ${policy.name}, version ${version}.`);
        if (segments.length > 0) print(whose(book));
      }
    });
}

const whose = ({ segments }: PolicyBook) =>
  [
    'An account goes by the first of these segments that it belongs to, else by the rules for everybody:',
    ...segments.map(({ name, when }, index) => `  ${index + 1}. ${name}: ${formatWhen(when)}`),
  ].join('\n');
