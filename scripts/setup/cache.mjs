import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { SetupFailure } from './failure.mjs';

/**
 * Where servers are kept between checkouts. As root not below root's home, which is closed to the user that Postgres
 * must run as there.
 * @param {{ env: NodeJS.ProcessEnv, isRoot: boolean, home?: string }} machine
 */
export function cacheFolder({ env, isRoot, home = homedir() }) {
  if (env.FORBEAR_CACHE) return resolve(env.FORBEAR_CACHE);
  if (isRoot) return '/var/cache/forbear';
  return join(env.XDG_CACHE_HOME || join(home, '.cache'), 'forbear');
}

/** Makes the folder. Throws `SetupFailure` when it can't be made or when, as root, other users can't reach into it. */
export function openCache(folder, isRoot) {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw new SetupFailure(
      `The cache folder ${folder} can't be made (${error.code}): set FORBEAR_CACHE to a folder you may write to.`,
    );
  }
  if (!isRoot) return;
  // A cautious umask has made what we just made 0700.
  chmodSync(folder, statSync(folder).mode | 0o055);
  const closed = closedFolderAbove(folder);
  if (closed) {
    throw new SetupFailure(
      `The cache folder ${folder} lies below ${closed}, which only its owner may enter, and as root Postgres runs as another user: set FORBEAR_CACHE to a folder everybody may enter.`,
    );
  }
}

/** The first folder on the way to `path` that others may not enter, or undefined. */
export function closedFolderAbove(path) {
  for (let folder = path; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/**
 * Fills a temporary folder and moves it to `<cache>/<name>` at once, so that a half-made part is never found.
 * The caller holds the cache's lock.
 * @param {string} cache
 * @param {string} name
 * @param {(temporary: string) => Promise<void> | void} fill
 */
export async function installFolder(cache, name, fill) {
  sweep(cache);
  const temporary = join(cache, `tmp-${randomUUID()}`);
  mkdirSync(temporary);
  try {
    await fill(temporary);
    openToAll(temporary);
    const target = join(cache, name);
    moveAway(target, cache);
    renameSync(temporary, target);
    return target;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Gives everybody the owner's right to read and enter (`chmod -R a+rX`). */
function openToAll(path) {
  const { mode } = statSync(path);
  chmodSync(path, mode | 0o444 | (mode & 0o100 ? 0o111 : 0));
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const inner = join(path, entry.name);
    if (entry.isDirectory()) openToAll(inner);
    else chmodSync(inner, statSync(inner).mode | 0o444 | (statSync(inner).mode & 0o100 ? 0o111 : 0));
  }
}

/** An unusable earlier install: renamed first, because a rename onto a full folder fails. */
function moveAway(target, cache) {
  const old = join(cache, `tmp-${randomUUID()}`);
  try {
    renameSync(target, old);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  rmSync(old, { recursive: true, force: true });
}

/** What a killed set-up left half-made; we hold the lock, so nobody is at work on it. */
function sweep(cache) {
  for (const name of readdirSync(cache)) {
    if (name.startsWith('tmp-')) rmSync(join(cache, name), { recursive: true, force: true });
  }
}
