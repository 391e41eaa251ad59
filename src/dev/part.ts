import type { Command } from './leashed.js';
import type { PartName } from './options.js';

/** What `ready` may look at: the whole lines that the process has printed since it was started. */
export type Sight = { readonly lines: readonly string[] };

/** One process of the stack: how it is started, and when it can be used. */
export type Part = {
  readonly name: PartName;
  readonly command: Command;
  /** Done before each start, the ones after a crash too. */
  readonly prepare?: () => Promise<void>;
  /** Asked again and again; an error means not yet. */
  readonly ready: (sight: Sight) => boolean | Promise<boolean>;
};

/** For parts that say they are ready by printing one line of JSON with this key. */
export function printsJson(key: string): Part['ready'] {
  return ({ lines }) => lines.some((line) => hasKey(line, key));
}

function hasKey(line: string, key: string): boolean {
  if (!line.startsWith('{')) return false;
  try {
    return key in (JSON.parse(line) as object);
  } catch {
    return false;
  }
}
