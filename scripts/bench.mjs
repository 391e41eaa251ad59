// Runs benchmarks: `npm run bench -- NAME [--json]`; without a name all of them, which writes docs/benchmarks.md. The sources run
// through tsx in this same process: a second one would not get our signals.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('../test/bench/main.ts');

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
// Whatever still waits for something that is gone by now is not waited for.
process.stdout.write('', () => process.exit());
