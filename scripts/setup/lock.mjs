import { randomUUID } from 'node:crypto';
import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SetupFailure } from './failure.mjs';

const pollMs = 50;
const heartbeatMs = 5_000;
// Only for owners whose process we can't look up (another host on a shared folder): twelve heartbeats missed.
const silentOwnerMs = 60_000;
// Longer than the slowest build we know (Go on a cold machine, 10 min), so that a waiter gives up last.
const longestWaitMs = 30 * 60_000;

const held = new Set();
process.on('exit', () => held.forEach(release));

/**
 * Runs `work` while no other process holds the lock at `path`, waiting for it if need be; a dead owner's lock is taken over.
 * `onWait(pid)` is called once, when there is somebody to wait for.
 * Throws `SetupFailure` when the owner still holds it after half an hour.
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @param {(pid: number) => void} [onWait]
 * @returns {Promise<T>}
 */
export async function withLock(path, work, onWait = () => {}) {
  const lock = await take(path, onWait);
  const heartbeat = setInterval(() => touch(ownerFile(path)), heartbeatMs);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    release(lock);
  }
}

async function take(path, onWait) {
  const giveUpAt = Date.now() + longestWaitMs;
  let told = false;
  for (;;) {
    const lock = tryTake(path);
    if (lock) return lock;
    const owner = readOwner(path);
    if (owner && isDead(owner, path)) {
      clearAway(path);
      continue;
    }
    if (owner && !told) onWait(owner.pid);
    told ||= owner !== undefined;
    if (Date.now() > giveUpAt) {
      throw new SetupFailure(
        `Process ${owner?.pid} has held ${path} for half an hour: end it, or remove that folder.`,
      );
    }
    await sleep(pollMs);
  }
}

/** The folder appears with its owner already inside, by one rename, so nobody ever sees a lock without an owner. */
function tryTake(path) {
  const token = randomUUID();
  const prepared = `${path}.${token}`;
  mkdirSync(dirname(path), { recursive: true });
  mkdirSync(prepared);
  const owner = { token, pid: process.pid, host: hostname(), startedAt: processStart(process.pid) ?? null };
  writeFileSync(ownerFile(prepared), JSON.stringify(owner));
  try {
    renameSync(prepared, path);
  } catch (error) {
    rmSync(prepared, { recursive: true, force: true });
    if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(error.code)) return undefined;
    throw error;
  }
  const lock = { path, token };
  held.add(lock);
  return lock;
}

/** Removed by one rename too: a removal in two steps would show an empty folder, which the next taker may replace. */
function release(lock) {
  held.delete(lock);
  if (readOwner(lock.path)?.token !== lock.token) return;
  const gone = `${lock.path}.gone-${lock.token}`;
  renameSync(lock.path, gone);
  rmSync(gone, { recursive: true, force: true });
}

/** One process at a time clears, and looks again first: it could be a living owner's by now. */
function clearAway(path) {
  const clearing = `${path}.clearing`;
  try {
    mkdirSync(clearing);
  } catch {
    // Whoever clears needs milliseconds; one that is half a minute old was killed in the middle.
    if (ageMs(clearing) > 30_000) rmdirSync(clearing);
    return;
  }
  try {
    const owner = readOwner(path);
    if (owner && isDead(owner, path)) release({ path, token: owner.token });
  } finally {
    rmdirSync(clearing);
  }
}

function isDead(owner, path) {
  if (owner.host !== hostname()) return ageMs(ownerFile(path)) > silentOwnerMs;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if (error.code === 'ESRCH') return true;
  }
  // The number may have gone to another process since.
  const startedAt = processStart(owner.pid);
  return owner.startedAt !== null && startedAt !== undefined && startedAt !== owner.startedAt;
}

/** Clock ticks from boot to the process's start, where the system tells (Linux). */
function processStart(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name, in parentheses, may hold blanks: count the fields after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function readOwner(path) {
  try {
    return JSON.parse(readFileSync(ownerFile(path), 'utf8'));
  } catch {
    return undefined;
  }
}

function ownerFile(path) {
  return join(path, 'owner.json');
}

function ageMs(path) {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

function touch(path) {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // Gone: the lock was released between two beats.
  }
}
