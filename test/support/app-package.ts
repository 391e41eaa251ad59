import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkout } from './stack-folder.js';

const run = promisify(execFile);
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

/** The compiler's output is its error. */
async function compile(args: readonly string[], cwd: string): Promise<void> {
  await run(process.execPath, [tsc, ...args], { cwd }).catch((error: unknown) => {
    const { stdout } = error as { stdout?: string };
    throw new Error(stdout === undefined || stdout === '' ? String(error) : stdout);
  });
}

/** A folder as an app's is: `forbear` is installed in it as `npm run build` makes it, and so is all else we have. */
export async function makeConsumer(folder: string): Promise<string> {
  const root = join(folder, 'consumer');
  const modules = join(root, 'node_modules');
  const forbear = join(modules, 'forbear');
  mkdirSync(forbear, { recursive: true });
  for (const name of readdirSync(join(checkout, 'node_modules')))
    if (!name.startsWith('.')) symlinkSync(join(checkout, 'node_modules', name), join(modules, name));
  cpSync(join(checkout, 'package.json'), join(forbear, 'package.json'));
  await compile(['-p', join(checkout, 'src', 'app'), '--outDir', join(forbear, 'dist')], checkout);
  writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'consumer', type: 'module' }));
  return root;
}

/** Writes the files into `<root>/<name>` and compiles them there, strictly. Throws what the compiler finds. */
export async function compileIn(
  root: string,
  name: string,
  files: Readonly<Record<string, string>>,
  lib: readonly string[] = ['ES2023'],
): Promise<string> {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content);
  const compilerOptions = {
    target: 'ES2022',
    module: 'NodeNext',
    lib,
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
  };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: Object.keys(files) }),
  );
  await compile(['-p', folder], root);
  return folder;
}
