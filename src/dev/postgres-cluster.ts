import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { endProcess } from './end-process.js';
import { DevFailure } from './failure.js';
import { readText } from './files.js';
import { identityOf } from './identity.js';
import { startLeashed } from './leashed.js';
import type { SystemUser } from './postgres-user.js';

export const superuser = 'forbear';

type Cluster = {
  readonly bin: string;
  readonly folder: string;
  readonly password: string;
  readonly user: SystemUser | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
};

/** Makes the cluster, once. It comes into being whole: one that was interrupted is begun anew. */
export async function makeCluster(cluster: Cluster): Promise<void> {
  if (existsSync(join(cluster.folder, 'PG_VERSION'))) return;
  const half = `${cluster.folder}.new`;
  const passwordFile = `${cluster.folder}.password`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { recursive: true, mode: 0o700 });
  writeFileSync(passwordFile, cluster.password, { mode: 0o600 });
  for (const path of [half, passwordFile]) give(path, cluster.user);
  try {
    await initdb(cluster, half, passwordFile);
    renameSync(half, cluster.folder);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

async function initdb(
  { bin, user, env, logFile }: Cluster,
  folder: string,
  passwordFile: string,
): Promise<void> {
  const args = ['-D', folder, '-U', superuser, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  const { ended } = await startLeashed(
    {
      command: join(bin, 'initdb'),
      args: [...args, '--encoding=UTF8', '--locale=C'],
      cwd: dirname(folder),
      env,
      stopSignal: 'SIGTERM',
      user,
    },
    logFile,
  );
  const { code, words } = await ended;
  if (code === 0) return;
  throw new DevFailure(
    `Postgres could not make its data folder ${folder} (${words}): see ${logFile}, remove the folder or free what it lacks.`,
  );
}

function give(path: string, user: SystemUser | undefined): void {
  if (user === undefined) return;
  chownSync(path, user.uid, user.gid);
  chmodSync(path, path.endsWith('.password') ? 0o600 : 0o700);
}

/**
 * Postgres refuses to start while the pid in its `postmaster.pid` is anybody's. So: a postmaster of this very folder is
 * ended (our record of it was lost), and a file that names a stranger is removed.
 */
export async function clearPostmaster(folder: string): Promise<void> {
  const file = join(folder, 'postmaster.pid');
  const pid = Number(readText(file)?.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1) return rmSync(file, { force: true });
  const identity = identityOf(pid);
  if (identity !== null && worksIn(pid, folder)) await endProcess(identity, 'SIGINT');
  rmSync(file, { force: true });
}

/** A postmaster's working folder is its data folder. Where there is no /proc nobody is taken for one. */
function worksIn(pid: number, folder: string): boolean {
  try {
    return (
      readlinkSync(`/proc/${pid}/cwd`) === folder &&
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres')
    );
  } catch {
    return false;
  }
}
