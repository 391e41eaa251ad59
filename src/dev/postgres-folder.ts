import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { everybodyMayEnter, type SystemUser } from './postgres-user.js';

const outside = '/var/lib/forbear';

/**
 * Where Postgres keeps its data: in the data folder, unless we are root and the user that Postgres runs as can't reach
 * it there. Then under /var/lib, and a note in the data folder says where.
 */
export function postgresFolder(dataFolder: string, user: SystemUser | undefined): string {
  if (user === undefined || everybodyMayEnter(dataFolder)) return join(dataFolder, 'postgres');
  const folder = outsideFolder(dataFolder);
  // Under a cautious umask these would be closed as well.
  for (const path of [outside, folder]) {
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o755);
  }
  // Each tells where the other is, for whoever clears up by hand.
  writeFileSync(join(dataFolder, 'postgres.path'), `${folder}\n`);
  writeFileSync(join(folder, 'belongs-to'), `${dataFolder}\n`);
  return join(folder, 'postgres');
}

/** Removes the data wherever it is. */
export function wipePostgres(dataFolder: string): void {
  rmSync(join(dataFolder, 'postgres'), { recursive: true, force: true });
  rmSync(outsideFolder(dataFolder), { recursive: true, force: true });
}

function outsideFolder(dataFolder: string): string {
  return join(outside, createHash('sha256').update(dataFolder).digest('hex').slice(0, 16));
}
