import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { checkout } from '../../support/stack-folder.js';
import type { Workbench } from '../workbench.js';

/**
 * Builds the worker as an image has it, in a folder of its own, and resolves to its entry. From source it would carry the
 * compiler and the bundler in its memory.
 */
export async function buildWorker(bench: Workbench): Promise<string> {
  bench.say('building the worker');
  const folder = join(checkout, '.forbear', `bench-${process.pid}`);
  bench.atEnd(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(folder, { recursive: true });
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const args = [compiler, '-p', 'tsconfig.build.json', '--outDir', folder];
  const compiled = promisify(execFile)(process.execPath, args, { cwd: checkout, signal: bench.halt });
  await compiled.catch((error: unknown) => bench.say(`the compiler complains: ${wordsOf(error)}`));
  const entry = join(folder, 'src', 'cli', 'main.js');
  if (!existsSync(entry)) throw new Error('the worker could not be built');
  const workflowsPath = join(checkout, 'workflows', 'index.ts');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  writeFileSync(join(folder, 'workflow-bundle.js'), code);
  return entry;
}

const wordsOf = (error: unknown) => (error as { readonly stdout?: string }).stdout?.trim() || String(error);
