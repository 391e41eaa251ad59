import { Command } from 'commander';
import { loadPolicy } from '../../policy/load.js';
import { changesBetween } from '../../preview/changes.js';
import { print, printJson } from '../output.js';

/** `forbear policy diff`. */
export function diffCommand(): Command {
  return new Command('diff')
    .argument('<before>')
    .argument('<after>')
    .description('in words what one policy changes against another, and what that comes to')
    .option('--json', 'for programs')
    .action((before: string, after: string, flags: { json?: boolean }) => {
      const changes = changesBetween(loadPolicy(before), loadPolicy(after));
      if (flags.json) printJson({ before, after, changes });
      else if (changes.length === 0) print('Nothing changes.');
      else changes.forEach((change) => print(change));
    });
}
