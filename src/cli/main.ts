import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config.js';
import { PolicyError } from '../policy/load.js';
import { PortError } from '../ports/errors.js';
import { accountCommand } from './account.js';
import { caseCommand } from './case.js';
import {
  demoCommand,
  devCommand,
  mailCatcherCommand,
  platformFakeCommand,
  stripeFakeCommand,
} from './dev.js';
import { doctorCommand } from './doctor.js';
import { findingCommand } from './finding.js';
import { keyCommand } from './key.js';
import { CommandFailure, exitCodes } from './output.js';
import { policyCommand } from './policy.js';
import { migrateCommand, serveCommand, workerCommand } from './run.js';
import { targetsCommand } from './targets.js';
import { webhookCommand } from './webhook.js';

const program = new Command('forbear')
  .description(
    'Enforces non-payment on accounts billed through Stripe, and gives everything back the moment they pay.',
  )
  .addHelpText(
    'after',
    '\nExit codes: 0 done · 1 failed · 2 wrong usage or settings · 3 not found · 4 refused',
  )
  .showHelpAfterError('(--help shows what is expected)')
  .exitOverride();

for (const command of [
  demoCommand(),
  devCommand(),
  serveCommand(),
  workerCommand(),
  migrateCommand(),
  accountCommand(),
  caseCommand(),
  findingCommand(),
  policyCommand(),
  targetsCommand(),
  doctorCommand(),
  keyCommand(),
  webhookCommand(),
]) {
  program.addCommand(command);
}
program.addCommand(stripeFakeCommand(), { hidden: true });
program.addCommand(platformFakeCommand(), { hidden: true });
program.addCommand(mailCatcherCommand(), { hidden: true });
overrideExit(program);

/** Commands that were added take their parent's settings only when told. */
function overrideExit(command: Command): void {
  command.exitOverride();
  command.commands.forEach((child) => overrideExit(child.copyInheritedSettings(command)));
}

/** One clear sentence and a code; a stack only for what nobody foresaw. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const say = (text: string) => process.stderr.write(`forbear: ${text}\n`);
  if (error instanceof CommandFailure) {
    say(error.message);
    return error.exitCode;
  }
  if (error instanceof ConfigError || error instanceof PolicyError) {
    say(error.message);
    return exitCodes.usage;
  }
  if (error instanceof PortError) {
    say(error.message);
    return exitCodes.failed;
  }
  const unreachable = unreachablePart(error);
  say(unreachable ?? (error instanceof Error ? (error.stack ?? error.message) : String(error)));
  return exitCodes.failed;
}

function unreachablePart(error: unknown): string | null {
  const texts: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause)
    texts.push(`${at.name} ${at.message} ${(at as NodeJS.ErrnoException).code ?? ''}`);
  const text = texts.join(' ');
  if (
    /ECONNREFUSED|CONNECT_TIMEOUT|ENOTFOUND/.test(text) &&
    /Failed query|postgres|CONNECT/.test(text) &&
    !/grpc/i.test(text)
  ) {
    return 'the database does not answer: is DATABASE_URL right, and is it running (`forbear dev`)?';
  }
  if (/\b14 UNAVAILABLE|TransportError|ServiceError|SignallerUnreachable/.test(text)) {
    return 'Temporal does not answer: is TEMPORAL_ADDRESS right, and is it running (`forbear dev`)?';
  }
  return null;
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}
