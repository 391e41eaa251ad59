import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

const running = new Set();
process.on('exit', () => running.forEach(killGroup));
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.on(signal, () => process.exit(code));
}

/**
 * Runs a command to its end and returns what it printed. Throws an Error whose message is the shortest true reason
 * (`reasonFrom`: the line of its output that tells it, the last one by default) when it fails, is missing, or takes
 * longer than `limitMs`; then its whole process group is killed, so no server that it started stays behind.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, limitMs?: number, log?: (text: string) => void, reasonFrom?: RegExp }} [options]
 * @returns {Promise<string>}
 */
export function run(
  command,
  args,
  { cwd, env = process.env, limitMs = 20_000, log = () => {}, reasonFrom } = {},
) {
  log(`$ ${[command, ...args].join(' ')}\n`);
  return new Promise((resolve, reject) => {
    // A group of its own, so that one kill reaches its children too.
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    running.add(child);
    let output = '';
    let late = false;
    const hear = (chunk) => {
      output += chunk;
      log(chunk);
    };
    child.stdout.setEncoding('utf8').on('data', hear);
    child.stderr.setEncoding('utf8').on('data', hear);
    const timer = setTimeout(() => {
      late = true;
      killGroup(child);
    }, limitMs);
    const end = (settle, value) => {
      clearTimeout(timer);
      running.delete(child);
      settle(value);
    };
    child.on('error', (error) =>
      end(reject, new Error(error.code === 'ENOENT' ? `${command} is not there` : error.message)),
    );
    child.on('close', (code, signal) => {
      if (code === 0) return end(resolve, output);
      if (late) return end(reject, new Error(`took longer than ${Math.round(limitMs / 1000)} s`));
      end(
        reject,
        new Error(reasonIn(output, reasonFrom) ?? `${command} ended with ${signal ?? `exit code ${code}`}`),
      );
    });
  });
}

/** The full path of an executable on PATH, or undefined. */
export function onPath(name, env = process.env) {
  const folders = (env.PATH ?? '').split(delimiter).filter(isAbsolute);
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function reasonIn(output, pattern) {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  return (pattern && lines.find((line) => pattern.test(line))) ?? lines.at(-1);
}

function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
