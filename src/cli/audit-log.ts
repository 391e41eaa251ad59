import { Command } from 'commander';
import { eraseCommand } from './audit-log/erase.js';
import { exportCommand } from './audit-log/export.js';
import { verifyCommand } from './audit-log/verify.js';

/** `forbear audit-log …`: what was done, by whom and why, and that nobody has changed it since. */
export function auditLogCommand(): Command {
  return new Command('audit-log')
    .description(
      'what was done, by whom and why: whether it is as it was written, and what people said in it',
    )
    .addCommand(verifyCommand())
    .addCommand(exportCommand())
    .addCommand(eraseCommand());
}
