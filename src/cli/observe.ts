import { Command } from 'commander';
import { reportCommand } from './observe/report.js';

/** `forbear observe …`: what a trial in the mode `observe` has shown. */
export function observeCommand(): Command {
  return new Command('observe')
    .description('what Forbear would have done while it only observed')
    .addCommand(reportCommand());
}
