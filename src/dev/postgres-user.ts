import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DevFailure } from './failure.js';

export type SystemUser = { readonly uid: number; readonly gid: number };

/** Postgres refuses to run as root: then it runs as the machine's `postgres`, else as `nobody`; otherwise as ourselves. */
export function postgresUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':');
    const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])];
    if (uid > 0 && gid > 0) return { uid, gid };
  }
  throw new DevFailure(
    'Postgres can\'t run as root, and this machine has neither a user "postgres" nor "nobody": add one, or run as another user.',
  );
}

/** Whether everybody may enter the folder and all the folders above it. */
export function everybodyMayEnter(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}
