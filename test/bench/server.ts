import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { checkout } from '../support/stack-folder.js';
import type { Workbench } from './workbench.js';

/** Starts one of the bench's own servers as a process of its own; resolves to its URL once it listens. */
export async function startServer(
  bench: Workbench,
  file: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(checkout, 'test', 'bench', file)], {
    cwd: checkout,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...settings },
  });
  bench.atEnd(() => child.stdin.end());
  const [line] = (await child.stdout.take(1).toArray()) as [Buffer];
  return (JSON.parse(line.toString()) as { readonly url: string }).url;
}
