import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

const instanceSchema = z.object({
  id: z.string(),
  plan: z.string(),
  size: z.number(),
  locked: z.boolean(),
  drainingSince: z.number().nullable(),
  /** From then on the replicas answer. */
  readyAt: z.number(),
  drainMs: z.number().nullable(),
});

const accountSchema = z.object({
  /** For all instances of the account; stronger than an instance's own. */
  drainMs: z.number().nullable(),
  instances: z.array(instanceSchema),
  archives: z.array(
    z.object({ id: z.string(), takenAt: z.number(), content: z.record(z.string(), z.unknown()) }),
  ),
});

const stateSchema = z.object({ accounts: z.record(z.string(), accountSchema) });

export type Instance = z.infer<typeof instanceSchema>;
export type PlatformAccount = z.infer<typeof accountSchema>;

/** Where the platform keeps its state. `save` is on disk when it returns: nothing is answered that a kill could undo. */
export type StateStore = {
  load(): Map<string, PlatformAccount>;
  save(accounts: ReadonlyMap<string, PlatformAccount>): void;
};

/** One JSON file, replaced atomically; without a file nothing is kept. */
export function createStateStore(file: string | undefined): StateStore {
  if (file === undefined) return { load: () => new Map(), save: () => undefined };
  return {
    load: () => {
      mkdirSync(dirname(file), { recursive: true });
      const text = readIfThere(file);
      if (text === null) return new Map();
      try {
        return new Map(Object.entries(stateSchema.parse(JSON.parse(text)).accounts));
      } catch (cause) {
        throw new Error(`the platform fake cannot read its state file ${file}`, { cause });
      }
    },
    save: (accounts) => {
      const temporary = `${file}.new`;
      writeFileSync(temporary, JSON.stringify({ accounts: Object.fromEntries(accounts) }));
      renameSync(temporary, file);
    },
  };
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
