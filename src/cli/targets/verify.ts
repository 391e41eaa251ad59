import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { defaultTimeoutMs } from '../../adapters/http/target.js';
import { readPlatform, readTargetList } from '../../forbear-file.js';
import type { Result } from '../../targets/verify/check.js';
import type { Env } from '../../config-parts.js';
import { targetOf, type TargetEntry } from '../../target-settings.js';
import { verifyTarget, verifyThroughPort, type Told } from '../../targets/verify/verify.js';
import { openTarget } from '../../wiring-targets.js';
import { operatorEnvironment } from '../environment.js';
import { CommandFailure, exitCodes, print, printJson } from '../output.js';
import { linesOf, linesOfPutBack, sumOf } from './report.js';

type VerifyFlags = {
  readonly account: string;
  readonly tokenEnv?: string;
  readonly secretEnv?: string;
  readonly destructive?: string;
  readonly timeout: string;
  readonly wait: string;
  readonly yes?: boolean;
  readonly json?: boolean;
};

/** `forbear targets verify`. */
export function verifyCommand(): Command {
  return new Command('verify')
    .argument('<url|name>', 'where the platform speaks the contract, or the name of a target in forbear.yaml')
    .description('hold a platform to the contract, on a test account that is switched off and on for it')
    .requiredOption(
      '--account <ref>',
      "a test account, by the app's own name: all that runs for it is paused",
    )
    .option(
      '--token-env <NAME>',
      'the environment variable that holds the token (default: as in forbear.yaml)',
    )
    .option(
      '--secret-env <NAME>',
      'the environment variable that holds the secret for signing (default: as in forbear.yaml)',
    )
    .option(
      '--destructive <resource>',
      'also archive this one resource of the account and delete it for good',
    )
    .option('--timeout <seconds>', 'how long one answer may take', String(defaultTimeoutMs / 1_000))
    .option('--wait <seconds>', 'how long a drain or a start may take', '120')
    .option('--yes', 'do it without asking')
    .option('--json', 'one JSON record a line')
    .action(verify);
}

async function verify(word: string, flags: VerifyFlags): Promise<void> {
  const entry = entryOf(word, flags);
  const [timeoutMs, waitMs] = [msOf('--timeout', flags.timeout), msOf('--wait', flags.wait)];
  await confirm(entry.where, flags);
  const { controller, release } = stopOnSignal();
  const { account: ref, destructive: destroy = null } = flags;
  if (!flags.json) print(`\n${entry.where}, account ${ref}\n`);
  const results: Result[] = [];
  const asked = { ref, destroy, timeoutMs, waitMs, signal: controller.signal };
  try {
    for await (const told of entry.verify(asked)) {
      if (told.kind === 'check') results.push(told.result);
      tell(told, flags.json ?? false);
    }
  } catch (error) {
    if (controller.signal.aborted) throw new CommandFailure('failed', 'stopped before the end');
    throw error;
  } finally {
    release();
  }
  if (flags.json) printJson(summaryOf(entry.where, ref, results));
  else sumOf(results).forEach(print);
  const isKept = results.every(({ outcome }) => outcome === 'ok' || outcome === 'not_offered');
  process.exitCode = isKept ? exitCodes.ok : exitCodes.failed;
}

function summaryOf(base: string, account: string, results: readonly Result[]) {
  const count = (outcome: Result['outcome']) => results.filter((one) => one.outcome === outcome).length;
  return {
    kind: 'summary',
    base,
    account,
    ok: count('ok'),
    failed: count('failed'),
    skipped: count('skipped'),
    notOffered: count('not_offered'),
  };
}

type Asked = Omit<Parameters<typeof verifyTarget>[0], 'base' | 'token' | 'secret' | 'allowPrivate'>;
/** What is verified: where it is, for people, and how. */
type Entry = { readonly where: string; readonly verify: (asked: Asked) => AsyncGenerator<Told> };

function entryOf(word: string, { tokenEnv, secretEnv, destructive }: VerifyFlags): Entry {
  const env = operatorEnvironment();
  const platform = (
    base: string,
    token: string,
    secret: string | undefined,
    allowPrivate: boolean,
  ): Entry => {
    const read = readPlatform(env, base, token, secret);
    return { where: base, verify: (asked) => verifyTarget({ ...read, allowPrivate, ...asked }) };
  };
  if (/^https?:\/\//.test(word)) {
    // Whoever types an address means it.
    if (tokenEnv !== undefined) return platform(word, tokenEnv, secretEnv, true);
    throw new CommandFailure(
      'usage',
      '--token-env is missing: the environment variable that holds the token',
    );
  }
  const entry = readTargetList(env).find(({ name }) => name === word);
  if (entry?.kind === 'http') {
    const { base, allowPrivate = false } = entry;
    return platform(base, tokenEnv ?? entry.tokenEnv, secretEnv ?? entry.secretEnv, allowPrivate);
  }
  if (entry?.kind === 'sql') {
    // Before anybody is asked whether that may be.
    if (destructive !== undefined)
      throw new CommandFailure('usage', '--destructive: rows of a database are never deleted');
    return throughPort(`the database of ${entry.name}`, entry, env);
  }
  if (entry?.kind === 'kubernetes') {
    if (destructive !== undefined)
      throw new CommandFailure('usage', '--destructive: only a platform behind HTTP can be asked for that');
    return throughPort(`the cluster of ${entry.name}`, entry, env);
  }
  if (entry?.kind === 'aws') {
    if (destructive !== undefined)
      throw new CommandFailure('usage', '--destructive: only a platform behind HTTP can be asked for that');
    return throughPort(`the AWS account of ${entry.name}`, entry, env);
  }
  throw new CommandFailure(
    'usage',
    `no target is called "${word}": give its URL, or a name that \`forbear targets list\` shows`,
  );
}

function throughPort(where: string, entry: TargetEntry, env: Env): Entry {
  const config = targetOf(entry, env, `target ${entry.name}`);
  return {
    where,
    verify: ({ timeoutMs, ...asked }) =>
      verifyThroughPort({ ...asked, target: openTarget({ ...config, timeoutMs }) }),
  };
}

// A day is longer than anybody waits, and far below where timers overflow.
const longestSeconds = 86_400;

function msOf(flag: string, text: string): number {
  const seconds = Number(text);
  if (text.trim() !== '' && seconds > 0 && seconds <= longestSeconds) return Math.ceil(seconds * 1_000);
  throw new CommandFailure('usage', `${flag} ${text}: a number of seconds above 0, such as 10`);
}

/** Asks for the account's name once more, where somebody can answer. */
async function confirm(base: string, { account, destructive, yes, json }: VerifyFlags): Promise<void> {
  if (yes) return;
  const deed = `everything that runs for account ${account} on ${base} is switched off and on again${destructive === undefined ? '' : `, and ${destructive} is deleted for good`}`;
  if (json || !process.stdin.isTTY || !process.stdout.isTTY)
    throw new CommandFailure('usage', `${deed}: if this is a test account, say so with --yes`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    print(`In this test ${deed}.`);
    const answer = await terminal.question('Type the name of the account to go on: ');
    if (answer.trim() !== account)
      throw new CommandFailure('usage', 'this is another name: nothing was done');
  } finally {
    terminal.close();
  }
}

/** The first signal ends the checks and gives back, the second ends the process. */
function stopOnSignal() {
  const controller = new AbortController();
  const stop = () => {
    process.stderr.write('forbear: stopping; gives back first (once more to stop at once)\n');
    controller.abort(new Error('stopped'));
    release();
  };
  const release = () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  return { controller, release };
}

function tell(told: Told, json: boolean): void {
  const columns = process.stdout.columns;
  if (told.kind === 'check') {
    if (json) printJson({ kind: told.kind, ...told.result });
    else linesOf(told.result, columns).forEach(print);
  } else if (json) printJson(told);
  else linesOfPutBack(told.results, told.states, columns).forEach(print);
}
