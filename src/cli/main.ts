import { printableError } from '../log/errors.js';
import { exitCodes } from './output.js';
import { createProgram } from './program.js';
import { runProgram } from './run-program.js';

// Node would print all that the error carries: parameters of queries, answers, addresses.
process.once('uncaughtException', (error) => {
  process.stderr.write(`forbear: ${printableError(error)}\n`);
  process.exit(exitCodes.failed);
});

const code = await runProgram(createProgram(), process.argv.slice(2));
// Commands that end well may still have something to say by their own code.
if (code !== exitCodes.ok) process.exitCode = code;
