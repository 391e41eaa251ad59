// A stack as a process of its own, so that a test can kill -9 the supervisor and all: DevOptions as one JSON argument.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DevOptions } from '../../src/dev/options.js';
import type * as Dev from '../../src/dev/stack.js';
import { checkout } from './stack-folder.js';

const options = JSON.parse(process.argv[2] ?? '{}') as Omit<DevOptions, 'env' | 'say'>;
const { root } = options;
const built = pathToFileURL(join(root, 'dist', 'src', 'dev', 'stack.js')).href;
const { startStack } = (await import(root === checkout ? '../../src/dev/stack.js' : built)) as typeof Dev;
const stack = await startStack({ ...options, env: process.env, say: (line) => console.error(line) });
console.log('up');
process.once('SIGTERM', () => void stack.stop().then(() => process.exit(0)));
