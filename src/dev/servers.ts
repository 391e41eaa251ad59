import { join } from 'node:path';
import { z } from 'zod';
import { DevFailure } from './failure.js';
import { readJson } from './files.js';

const schema = z.object({
  postgres: z.object({ bin: z.string() }),
  temporal: z.object({ path: z.string() }),
});

export type Servers = z.infer<typeof schema>;

/** Where set-up found or built the servers. Throws `DevFailure` when it hasn't run. */
export function readServers(root: string): Servers {
  const file = join(root, '.forbear', 'servers.json');
  const known = schema.safeParse(readJson(file));
  if (known.success) return known.data;
  throw new DevFailure(`${file} doesn't say where Postgres and Temporal are: run npm run setup first.`);
}
