import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wipePostgres } from '../../src/dev/postgres-folder.js';
import { freePorts, type DevOptions } from '../../src/dev/options.js';

export const checkout = fileURLToPath(new URL('../..', import.meta.url));

// Stands in for api and worker where a test is about the supervisor alone: one answers /readyz, the other says ready.
const standIn = `import { createServer } from 'node:http';
const { FORBEAR_PORT, FORBEAR_HOST } = process.env;
if (process.argv[2] === 'serve') createServer((_, answer) => answer.end('{}')).listen(Number(FORBEAR_PORT), FORBEAR_HOST);
else setInterval(() => {}, 1000) && console.log('{"ready":true}');
`;

/** A folder that looks like an installed Forbear whose api and worker are stand-ins, on the servers of this checkout. */
export function makeStandInRoot(): { readonly root: string; remove(): void } {
  const root = mkdtempSync(join(tmpdir(), 'forbear-dev-'));
  mkdirSync(join(root, 'bin'));
  mkdirSync(join(root, '.forbear'));
  writeFileSync(join(root, 'bin', 'forbear.mjs'), standIn);
  writeFileSync(
    join(root, '.forbear', 'servers.json'),
    readFileSync(join(checkout, '.forbear', 'servers.json')),
  );
  return { root, remove: () => removeData(root, join(root, '.forbear')) };
}

/** Removes a test's folder, and Postgres' data wherever it had to be: as root it can't be in a private folder. */
export function removeData(folder: string, dataFolder = folder): void {
  wipePostgres(dataFolder);
  rmSync(folder, { recursive: true, force: true });
}

/** Options for a stack on free ports; what it says goes to `said`. */
export function devOptions(root: string, said: string[], overrides: Partial<DevOptions> = {}): DevOptions {
  return {
    root,
    dataFolder: join(root, '.forbear'),
    ports: freePorts,
    stripe: { key: 'sk_test_standin', webhookSecret: 'whsec_standin', apiBase: 'http://127.0.0.1:9' },
    policyFile: join(checkout, 'policies', 'demo.yaml'),
    mode: 'enforce',
    mailFrom: 'billing@forbear.test',
    env: process.env,
    say: (line) => said.push(line),
    ...overrides,
  };
}
