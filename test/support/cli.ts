import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { vi } from 'vitest';
import { runProgram } from '../../src/cli/run-program.js';
import { childEnvironment } from '../../src/dev/child-environment.js';
import { eventually } from './dev-eventually.js';
import { checkout } from './stack-folder.js';

const program = join(checkout, 'bin', 'forbear.mjs');

export type Ran = { readonly code: number | null; readonly out: string; readonly err: string };

function environmentWith(settings: Readonly<Record<string, string>>): Record<string, string> {
  const inherited = childEnvironment(process.env);
  const others = Object.entries(inherited).filter(([name]) => !name.startsWith('FORBEAR_'));
  return { ...Object.fromEntries(others), ...settings };
}

/** Runs `forbear …` as a person or a program does: a process of its own, in a folder that isn't the checkout. */
export async function forbear(
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<Ran> {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: tmpdir(),
    env: environmentWith(settings),
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data) => (out += String(data)));
  child.stderr.on('data', (data) => (err += String(data)));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, err };
}

/**
 * Runs a command within this process: the same words, words said and exit code, without the second that a process takes to
 * start. Not for two at a time, nor where the process itself is what is tried.
 */
export async function forbearHere(
  command: Command,
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<Ran> {
  const env = process.env;
  const said = { out: '', err: '' };
  const heard = (where: keyof typeof said) => (text: string | Uint8Array) => {
    said[where] += String(text);
    return true;
  };
  const ears = [
    vi.spyOn(process.stdout, 'write').mockImplementation(heard('out')),
    vi.spyOn(process.stderr, 'write').mockImplementation(heard('err')),
  ];
  process.env = environmentWith(settings);
  try {
    const code = await runProgram(new Command('forbear').addCommand(command), args);
    return { code, ...said };
  } finally {
    process.env = env;
    ears.forEach((ear) => ear.mockRestore());
  }
}

export type Serving = { readonly url: string; stop(): Promise<void> };

/** Runs `forbear serve` as a process of its own, until stopped. */
export async function forbearServe(settings: Readonly<Record<string, string>>): Promise<Serving> {
  const child = spawn(process.execPath, [program, 'serve'], {
    cwd: tmpdir(),
    env: environmentWith(settings),
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let [out, err] = ['', ''];
  child.stdout.on('data', (data) => (out += String(data)));
  child.stderr.on('data', (data) => (err += String(data)));
  const { url } = await eventually('forbear serve is ready', () => {
    if (child.exitCode !== null) throw new Error(err);
    return JSON.parse(out) as { url: string };
  });
  const stop = async () => {
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(force);
  };
  return { url, stop };
}
