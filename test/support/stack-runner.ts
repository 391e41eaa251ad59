// A stack as a process of its own, so that a test can kill -9 the supervisor and all: DevOptions as one JSON argument.
import type { DevOptions } from '../../src/dev/options.js';
import { startStack } from '../../src/dev/stack.js';

const options = JSON.parse(process.argv[2] ?? '{}') as Omit<DevOptions, 'env' | 'say'>;
const stack = await startStack({ ...options, env: process.env, say: (line) => console.error(line) });
console.log('up');
process.once('SIGTERM', () => void stack.stop().then(() => process.exit(0)));
