import { fileURLToPath } from 'node:url';
import type { Command } from './leashed.js';

const fromSource = import.meta.url.endsWith('.ts');

/** How one of our own process entries is run; `module` is relative to this folder, without its ending. */
export function nodeEntry(module: string, options: unknown, rest: Pick<Command, 'cwd' | 'env'>): Command {
  const file = fileURLToPath(new URL(`${module}${fromSource ? '.ts' : '.js'}`, import.meta.url));
  const loader = fromSource ? ['--import', import.meta.resolve('tsx')] : [];
  return {
    command: process.execPath,
    args: [...loader, file, JSON.stringify(options)],
    stopSignal: 'SIGTERM',
    ...rest,
  };
}
