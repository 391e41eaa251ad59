import { setTimeout as sleep } from 'node:timers/promises';
import type { History } from './expectation.js';
import { nothingSeen, type Scene } from './scene.js';

export type Watch = {
  of(ref: string): Scene;
  history(ref: string): History;
  /** Resolves at the first look where it is so. Throws after `limitMs`, saying what was waited for, or when aborted. */
  until(ref: string, what: string, isSo: (scene: Scene) => boolean, limitMs: number): Promise<void>;
};

const lookEveryMs = 250;
// Bounds what a demo that stays up for days remembers.
const mostScenes = 2_000;

/**
 * Looks at everything again and again until `halt` is aborted. A look that fails (a part is just being started again) is
 * left out. `seen` is called after each look, with those whose scene has changed.
 */
export function startWatch(
  refs: readonly string[],
  look: () => Promise<Map<string, Scene>>,
  seen: (changed: readonly string[]) => void,
  halt: AbortSignal,
): Watch {
  const histories = new Map<string, Scene[]>(refs.map((ref) => [ref, []]));
  const of = (ref: string) => histories.get(ref)?.at(-1) ?? nothingSeen;

  function remember(scenes: Map<string, Scene>): string[] {
    return refs.filter((ref) => {
      const scene = scenes.get(ref);
      if (scene === undefined || JSON.stringify(scene) === JSON.stringify(of(ref))) return false;
      const history = [...(histories.get(ref) ?? []), scene];
      histories.set(ref, history.slice(-mostScenes));
      return true;
    });
  }
  const watch = async () => {
    while (!halt.aborted) {
      const scenes = await look().catch(() => null);
      if (halt.aborted) return;
      seen(scenes === null ? [] : remember(scenes));
      await pause(halt);
    }
  };
  void watch();
  return {
    of,
    history: (ref) => histories.get(ref) ?? [],
    async until(ref, what, isSo, limitMs) {
      const deadline = Date.now() + limitMs;
      while (!isSo(of(ref))) {
        halt.throwIfAborted();
        if (Date.now() > deadline) throw new Error(`waited ${Math.round(limitMs / 1000)} s for ${what}`);
        await pause(halt);
      }
    },
  };
}

async function pause(halt: AbortSignal): Promise<void> {
  await sleep(lookEveryMs, undefined, { signal: halt }).catch(() => {});
}
