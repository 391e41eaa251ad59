import { Command } from 'commander';
import { approveBulkCommand, rejectBulkCommand } from './approvals/decide.js';
import { listApprovalsCommand } from './approvals/list.js';

/** `forbear approvals …`: what waits for somebody's yes, and his say in it. */
export function approvalsCommand(): Command {
  const command = new Command('approvals').description(
    'what waits for somebody’s yes: deletions, and many acts at once',
  );
  for (const one of [listApprovalsCommand(), approveBulkCommand(), rejectBulkCommand()])
    command.addCommand(one);
  return command;
}
