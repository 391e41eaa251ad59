import { linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { DevFailure } from './failure.js';
import { readJson } from './files.js';
import { identityOf, isAlive, type Identity } from './identity.js';

const schema = z.object({ pid: z.number(), started: z.string() });

/**
 * Takes the data folder for this process; returns how to give it back. Throws `DevFailure` when another living process
 * has it. A dead one's lock is taken over.
 */
export function takeFolder(dataFolder: string): () => void {
  const lock = join(dataFolder, 'dev.lock');
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(identityOf(process.pid)), { mode: 0o600 });
  try {
    // A link comes into being whole or not at all, so nobody ever reads half a lock.
    while (!tryLink(mine, lock)) clearStale(lock, dataFolder);
  } finally {
    rmSync(mine, { force: true });
  }
  return () => rmSync(lock, { force: true });
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function clearStale(lock: string, dataFolder: string): void {
  refuseLiving(holderOf(lock), dataFolder);
  const aside = `${lock}.stale.${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch {
    return;
  }
  // Between our look and our rename another start may have cleared the stale lock and put its own there: give it back.
  const holder = holderOf(aside);
  if (holder !== null && isAlive(holder)) tryLink(aside, lock);
  rmSync(aside, { force: true });
  refuseLiving(holder, dataFolder);
}

function refuseLiving(holder: Identity | null, dataFolder: string): void {
  if (holder === null || !isAlive(holder)) return;
  throw new DevFailure(
    `Forbear already runs on ${dataFolder} (process ${holder.pid}): stop that one first, with Ctrl-C or kill ${holder.pid}.`,
  );
}

function holderOf(lock: string): Identity | null {
  return schema.nullable().catch(null).parse(readJson(lock));
}
