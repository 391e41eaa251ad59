import { Command } from 'commander';
import { listCommand } from './alert/list.js';
import { testCommand } from './alert/test.js';

/** `forbear alert …`: what people on call are told. */
export function alertCommand(): Command {
  return new Command('alert')
    .description('what people on call are told, and by which channels')
    .addCommand(listCommand())
    .addCommand(testCommand());
}
