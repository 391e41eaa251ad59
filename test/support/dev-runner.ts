// A supervisor in a process of its own, for tests that kill it. Arguments: the root; the ports as JSON, if not free ones.
import { runDev } from '../../src/dev/run.js';
import type { Ports } from '../../src/dev/options.js';
import { devOptions } from './dev-standin.js';

const [root = '', ports] = process.argv.slice(2);
const overrides = ports === undefined ? {} : { ports: JSON.parse(ports) as Ports };
process.exitCode = await runDev(devOptions(root, [], { ...overrides, say: (line) => console.log(line) }));
