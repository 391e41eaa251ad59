import { Command } from 'commander';
import { addCommand } from './account/add.js';
import { contactCommand } from './account/contact.js';
import { grantCommand, grantEndCommand } from './account/grant.js';
import { importCommand } from './account/import.js';
import { linkCommand, unlinkCommand } from './account/link.js';
import { listCommand } from './account/list.js';
import { setCommand } from './account/set.js';
import { showCommand } from './account/show.js';
import { tagCommand } from './account/tag.js';

/** `forbear account …`: who the accounts are, what they pay with, and what they were granted. */
export function accountCommand(): Command {
  const command = new Command('account').description(
    'the accounts Forbear knows, and who is known to nobody',
  );
  const commands = [
    addCommand(),
    importCommand(),
    listCommand(),
    showCommand(),
    linkCommand(),
    unlinkCommand(),
    tagCommand(),
    setCommand(),
    contactCommand(),
    grantCommand(),
    grantEndCommand(),
  ];
  for (const one of commands) command.addCommand(one);
  return command;
}
