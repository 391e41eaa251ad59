import { setTimeout as sleep } from 'node:timers/promises';
import { PortError } from '../../ports/errors.js';
import { Unmet } from './check.js';
import { mustBeBack, type Kept, type Scene } from './scene.js';

export type PutBack = { readonly resource: string; readonly back: boolean; readonly why: string | null };

const tries = 3;
const betweenTriesMs = 500;

/**
 * Gives every resource back as it was recorded, whatever went before, and looks. Never throws: says of each whether it is
 * back. Heeds no abort: who is interrupted gives back first.
 */
export async function putBack(scene: Scene): Promise<readonly PutBack[]> {
  const free: Scene = { ...scene, signal: new AbortController().signal };
  const results: PutBack[] = [];
  for (const kept of scene.kept) results.push(await putOneBack(free, kept));
  if (results.every(({ back }) => back)) scene.touched = false;
  return results;
}

/** Gives back between two checks; where that fails, nothing after it would say anything. */
export async function putBackNow(scene: Scene): Promise<void> {
  const failed = (await putBack(scene)).find(({ back }) => !back);
  if (failed !== undefined) throw new Unmet(`could not be given back: ${failed.why}`, { stops: true });
}

async function putOneBack(scene: Scene, kept: Kept): Promise<PutBack> {
  const { target, account } = scene;
  const { resource, state } = kept;
  let why = '';
  for (let attempt = 0; attempt < tries; attempt += 1) {
    if (attempt > 0) await sleep(betweenTriesMs);
    try {
      await target.resume(account, resource, state);
      await target.unlock(account, resource);
      await mustBeBack({ ...scene, kept: [kept] });
      return { resource: resource.id, back: true, why: null };
    } catch (error) {
      if (error instanceof Unmet) return { resource: resource.id, back: false, why: error.message };
      if (!(error instanceof PortError)) throw error;
      why = error.message;
    }
  }
  return { resource: resource.id, back: false, why };
}
