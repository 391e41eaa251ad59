import { Command } from 'commander';
import { importCommand } from './bounces/import.js';

/** `forbear bounces …`: mails that came back. */
export function bouncesCommand(): Command {
  return new Command('bounces').description('notices that came back').addCommand(importCommand());
}
