import { Command } from 'commander';
import { approveCommand, rejectCommand } from './case/decide.js';
import { exemptCommand } from './case/exempt.js';
import { extendCommand } from './case/extend.js';
import { historyCommand } from './case/history.js';
import { liftCommand } from './case/lift.js';
import { listCommand } from './case/list.js';
import { promiseCommand } from './case/promise.js';
import { recheckCommand } from './case/recheck.js';
import { restrictCommand } from './case/restrict.js';
import { showCommand } from './case/show.js';

/** `forbear case …`: look at a case, and tell it what you want. */
export function caseCommand(): Command {
  const command = new Command('case').description(
    'accounts in trouble: why, what comes next, and your say in it',
  );
  const commands = [
    listCommand(),
    showCommand(),
    historyCommand(),
    extendCommand(),
    exemptCommand(),
    promiseCommand(),
    approveCommand(),
    rejectCommand(),
    restrictCommand(),
    liftCommand(),
    recheckCommand(),
  ];
  for (const one of commands) command.addCommand(one);
  return command;
}
