import { CommanderError, type Command } from 'commander';
import { ConfigError } from '../config.js';
import { printableError } from '../log/errors.js';
import { PolicyError } from '../policy/load.js';
import { PortError } from '../ports/errors.js';
import { CommandFailure, exitCodes } from './output.js';

/** Runs a program once: says what went wrong in one sentence, and resolves to the exit code for it. */
export async function runProgram(program: Command, args: readonly string[]): Promise<number> {
  overrideExit(program);
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    return explain(error);
  }
}

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
  say(unreachable ?? printableError(error));
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
