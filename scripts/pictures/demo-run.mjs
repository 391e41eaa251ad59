import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as sleep } from 'node:timers/promises';
import { createScreen, textOf } from './terminal.mjs';

const columns = 130;
const rows = 40;
// The demo redraws every 250 ms; a frame is whole when nothing has come for a good part of that.
const quietMs = 80;
// Starting takes 10 seconds, the stories 30; a busy machine may need four times that.
const playMs = 180_000;
const stopMs = 40_000;
const lastWords = 'Everything stays up';

/**
 * Starts `forbear demo` in a pseudo terminal of its own, as a person would. `script` of util-linux makes the terminal;
 * its standard input is the keyboard.
 */
export function startDemo(root) {
  const command = `stty cols ${columns} rows ${rows}; exec '${process.execPath}' bin/forbear.mjs demo`;
  // In a group of its own: a Ctrl-C at our terminal must reach it through `stop`, while its keyboard still works.
  const child = spawn('script', ['-qfec', command, '/dev/null'], { cwd: root, detached: true });
  const screen = createScreen(columns);
  const frames = [];
  let failure = null;
  const fail = (error) => (failure ??= error);
  child.on('error', ({ message }) => fail(new Error(`The pseudo terminal can't be made: ${message}`)));
  child.stdin.on('error', () => {});
  collect(child.stdout, screen, frames, fail);
  const said = () => textOf(screen.lines());

  return {
    /** Every whole frame that was shown until now. */
    frames,
    /** Resolves when all stories have ended well. Throws what the demo said when one did not, or it ended early. */
    async played() {
      const deadline = Date.now() + playMs;
      while (!said().includes(lastWords)) {
        if (failure !== null) throw failure;
        if (child.exitCode !== null) throw new Error(`The demo ended early, and said:\n${said()}`);
        if (Date.now() > deadline) throw new Error(`After ${playMs / 1000} s the demo had said:\n${said()}`);
        await sleep(200);
      }
      if (said().includes('not as expected')) throw new Error(`Not all went well in the demo:\n${said()}`);
    },
    /** Where everything of the running stack is. */
    stack: () => JSON.parse(readFileSync(join(root, '.forbear', 'demo', 'dev.json'), 'utf8')),
    /** Types Ctrl-C and waits until all of it is down. Safe to repeat. */
    async stop() {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.write('\u0003');
      // Whatever holds it up: without a terminal the demo is hung up on, and its parts end with it.
      const late = setTimeout(() => child.kill('SIGKILL'), stopMs);
      await ended;
      clearTimeout(late);
    },
  };
}

function collect(stdout, screen, frames, fail) {
  const decoder = new StringDecoder('utf8');
  let timer;
  stdout.on('data', (chunk) => {
    try {
      screen.feed(decoder.write(chunk));
    } catch (error) {
      fail(error);
    }
    clearTimeout(timer);
    timer = setTimeout(() => frames.push(screen.lines()), quietMs);
  });
}
