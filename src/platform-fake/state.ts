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

const archiveSchema = z.object({
  id: z.string(),
  takenAt: z.number(),
  /** As it was stored; it may have been spoiled since. */
  content: z.string(),
  /** Measured when it was taken. */
  bytes: z.number(),
  sha256: z.string(),
});

const accountSchema = z.object({
  /** For all instances of the account; stronger than an instance's own. */
  drainMs: z.number().nullable(),
  instances: z.array(instanceSchema),
  archives: z.array(archiveSchema),
  /** The highest number of a claim that came with an order. */
  fence: z.number().default(0),
});

const stateSchema = z.object({ accounts: z.record(z.string(), accountSchema) });

export type Instance = z.infer<typeof instanceSchema>;
export type Archive = z.infer<typeof archiveSchema>;
export type PlatformAccount = z.infer<typeof accountSchema>;

/** Where the platform keeps its state. `save` is on disk when it returns: nothing is answered that a kill could undo. */
export type StateStore = {
  load(): Map<string, PlatformAccount>;
  save(accounts: ReadonlyMap<string, PlatformAccount>): void;
};

type Medium = { read(): string | null; write(text: string): void };

/** One JSON file, replaced atomically; without a file the text is kept as long as the process runs. */
export function createStateStore(file: string | undefined): StateStore {
  const medium = file === undefined ? inMemory() : inFile(file);
  return {
    load: () => {
      const text = medium.read();
      if (text === null) return new Map();
      try {
        return new Map(Object.entries(stateSchema.parse(JSON.parse(text)).accounts));
      } catch (cause) {
        throw new Error(`the platform fake cannot read its state ${file ?? 'in memory'}`, { cause });
      }
    },
    save: (accounts) => medium.write(JSON.stringify({ accounts: Object.fromEntries(accounts) })),
  };
}

function inMemory(): Medium {
  let kept: string | null = null;
  return { read: () => kept, write: (text) => void (kept = text) };
}

function inFile(file: string): Medium {
  mkdirSync(dirname(file), { recursive: true });
  return {
    read: () => readIfThere(file),
    write: (text) => {
      const temporary = `${file}.new`;
      writeFileSync(temporary, text);
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
