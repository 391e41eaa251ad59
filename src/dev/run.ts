import { isAbsolute, relative } from 'node:path';
import { DevFailure } from './failure.js';
import type { StackDescription } from './description.js';
import type { DevOptions } from './options.js';
import { startStack, type Stack } from './stack.js';

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * `forbear dev`: starts the stack, keeps it up until Ctrl-C (or SIGTERM, SIGHUP) and stops it. Returns the exit code: 0
 * after a wanted stop, 1 when it couldn't start or couldn't go on; why has been said in one sentence.
 */
export async function runDev(options: DevOptions): Promise<number> {
  return withStack(options, async (stack, halt) => {
    linksOf(stack).forEach(options.say);
    options.say('Everything runs. Ctrl-C stops it; the data is kept.');
    await new Promise((resolve) => halt.addEventListener('abort', resolve));
    return 0;
  });
}

/**
 * Runs `work` with a started stack and stops it whatever happens. The first Ctrl-C aborts `halt`, and the work should
 * end soon after; when it throws then, or hadn't begun, the exit code is `interrupted`.
 */
export async function withStack(
  options: DevOptions,
  work: (stack: Stack, halt: AbortSignal) => Promise<number>,
  interrupted = 0,
): Promise<number> {
  const halt = new AbortController();
  const onSignal = () => {
    if (!halt.signal.aborted) options.say('Stopping …');
    halt.abort();
  };
  endingSignals.forEach((signal) => process.on(signal, onSignal));
  // A terminal that was closed takes no more output; that must not keep us from stopping in order.
  process.stdout.on('error', ignore);
  process.stderr.on('error', ignore);
  try {
    options.say(`Starting the stack on ${fromHere(options.dataFolder)} …`);
    const stack = await startStack(options, halt.signal);
    try {
      const failed = stack.failed.then((failure) => Promise.reject(failure));
      return await Promise.race([work(stack, halt.signal), failed]);
    } finally {
      await stack.stop();
    }
  } catch (error) {
    if (halt.signal.aborted) return interrupted;
    if (!(error instanceof DevFailure)) throw error;
    options.say(error.message);
    return 1;
  } finally {
    endingSignals.forEach((signal) => process.off(signal, onSignal));
  }
}

const ignore = () => {};

/** As seen from the working directory, where that is shorter to read than the whole path. */
function fromHere(folder: string): string {
  const path = relative(process.cwd(), folder);
  return path.startsWith('..') || isAbsolute(path) ? folder : path || '.';
}

export function linksOf({ api, temporal, mail, stripe }: StackDescription): string[] {
  return [
    `  Temporal Web UI  ${temporal.ui}`,
    `  mails            ${mail.messages.replace(/\/messages$/, '/')}`,
    `  api              ${api}`,
    `  Stripe           ${stripe.base}`,
  ];
}
