import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { checkout } from './stack-folder.js';

/**
 * Forbear built into `folder` as an image has it: its parts start in a second, where the sources are first compiled and
 * the workflows bundled at every start. For tests in which parts are killed and started many times.
 */
export async function makeBuiltRoot(folder: string): Promise<string> {
  const root = join(folder, 'built');
  const dist = join(root, 'dist');
  mkdirSync(join(root, '.forbear'), { recursive: true });
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const project = join(checkout, 'tsconfig.build.json');
  // Types are checked elsewhere.
  await promisify(execFile)(process.execPath, [tsc, '-p', project, '--noCheck', '--outDir', dist]);
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(checkout, 'workflows', 'index.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  writeFileSync(join(dist, 'workflow-bundle.js'), code);
  for (const path of ['src/db/migrations', 'src/dev/leash.mjs', 'src/codec/failure-converter.cjs'])
    cpSync(join(checkout, path), join(dist, path), { recursive: true });
  for (const path of ['bin', 'package.json', '.forbear/servers.json'])
    cpSync(join(checkout, path), join(root, path), { recursive: true });
  symlinkSync(join(checkout, 'node_modules'), join(root, 'node_modules'));
  return root;
}
