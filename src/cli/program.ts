import { Command } from 'commander';
import { accountCommand } from './account.js';
import { alertCommand } from './alert.js';
import { breakerCommand } from './breaker.js';
import { bouncesCommand } from './bounces.js';
import { approvalsCommand } from './approvals.js';
import { auditLogCommand } from './audit-log.js';
import { caseCommand } from './case.js';
import {
  demoCommand,
  devCommand,
  mailCatcherCommand,
  platformFakeCommand,
  stripeFakeCommand,
} from './dev.js';
import { doctorCommand } from './doctor.js';
import { eventsCommand } from './events.js';
import { findingCommand } from './finding.js';
import { fireDrillCommand } from './fire-drill.js';
import { freezeCommand, unfreezeCommand } from './freeze.js';
import { keyCommand } from './key.js';
import { killSwitchCommand } from './kill-switch.js';
import { liftManyCommand } from './lift.js';
import { observeCommand } from './observe.js';
import { policyCommand } from './policy.js';
import { replayCommand } from './replay.js';
import { revokeCommand } from './revoke.js';
import { migrateCommand, serveCommand, workerCommand } from './run.js';
import { sweepCommand } from './sweep.js';
import { targetsCommand } from './targets.js';
import { webhookCommand } from './webhook.js';

// What only one command needs, and takes long to load, is loaded when that command runs: Temporal, Stripe, mails.

/** `forbear` with all its commands. */
export function createProgram(): Command {
  const program = new Command('forbear')
    .description(
      'Enforces non-payment on accounts billed through Stripe, and gives everything back the moment they pay.',
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 done · 1 failed · 2 wrong usage or settings · 3 not found · 4 refused',
    )
    .showHelpAfterError('(--help shows what is expected)');

  for (const command of [
    demoCommand(),
    devCommand(),
    serveCommand(),
    workerCommand(),
    migrateCommand(),
    accountCommand(),
    caseCommand(),
    liftManyCommand(),
    revokeCommand(),
    fireDrillCommand(),
    killSwitchCommand(),
    approvalsCommand(),
    findingCommand(),
    auditLogCommand(),
    policyCommand(),
    observeCommand(),
    targetsCommand(),
    doctorCommand(),
    eventsCommand(),
    replayCommand(),
    sweepCommand(),
    keyCommand(),
    webhookCommand(),
    alertCommand(),
    breakerCommand(),
    freezeCommand(),
    unfreezeCommand(),
    bouncesCommand(),
  ]) {
    program.addCommand(command);
  }
  program.addCommand(stripeFakeCommand(), { hidden: true });
  program.addCommand(platformFakeCommand(), { hidden: true });
  program.addCommand(mailCatcherCommand(), { hidden: true });
  return program;
}
