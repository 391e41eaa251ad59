import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from './stack-folder.js';

/** A server that set-up has found for the tests. */
export type Installed = { readonly path: string; readonly version: string } & Readonly<
  Record<string, unknown>
>;

/**
 * Where set-up has put an optional server, by its key in `scripts/setup/optional.mjs`; `null` when it can't be had here:
 * a suite that needs it is skipped, and says so in its name.
 */
export function installed(key: string): Installed | null {
  const servers = JSON.parse(readFileSync(join(checkout, '.forbear', 'servers.json'), 'utf8')) as Record<
    string,
    Installed | null | undefined
  >;
  return servers[key] ?? null;
}
