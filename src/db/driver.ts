import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * Whether the driver that runs here is the one that `scripts/mend-driver.mjs` has mended: as it is published, it can hang
 * or end the process when a server goes away. Throws when it can't be read.
 */
export function isDriverMended(): boolean {
  const entry = createRequire(import.meta.url).resolve('postgres');
  const textOf = (name: string) => readFileSync(join(entry, '../../../src', name), 'utf8');
  return (
    textOf('connection.js').includes('fetchArrayTypes().catch(') &&
    textOf('index.js').includes('if (gone !== null)')
  );
}
