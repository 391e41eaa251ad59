import { exitCodes } from './output.js';
import { createProgram } from './program.js';
import { runProgram } from './run-program.js';

const code = await runProgram(createProgram(), process.argv.slice(2));
// Commands that end well may still have something to say by their own code.
if (code !== exitCodes.ok) process.exitCode = code;
