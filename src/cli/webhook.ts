import { Command } from 'commander';
import { addCommand } from './webhook/add.js';
import { deliveriesCommand } from './webhook/deliveries.js';
import { disableCommand, enableCommand, removeCommand } from './webhook/keeping.js';
import { listCommand } from './webhook/list.js';
import { pingCommand } from './webhook/ping.js';
import { resendCommand } from './webhook/resend.js';
import { rotateCommand } from './webhook/rotate.js';

/** `forbear webhook …`: where the app is told of changes. */
export function webhookCommand(): Command {
  const command = new Command('webhook').description('where the app is told of changes, and how that goes');
  for (const one of [
    addCommand(),
    listCommand(),
    pingCommand(),
    deliveriesCommand(),
    resendCommand(),
    rotateCommand(),
    disableCommand(),
    enableCommand(),
    removeCommand(),
  ])
    command.addCommand(one);
  return command;
}
