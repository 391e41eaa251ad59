import { rmSync } from 'node:fs';
import { z } from 'zod';
import { endProcess } from './end-process.js';
import { readJson, writePrivateJson } from './files.js';
import { isAlive, type Identity } from './identity.js';

const identity = z.object({ pid: z.number().int().positive(), started: z.string().min(1) });
const entry = z.object({
  name: z.string(),
  stopSignal: z.enum(['SIGINT', 'SIGTERM']),
  process: identity,
  leash: identity.nullable(),
});

export type PidEntry = z.infer<typeof entry>;

export type PidRecord = {
  note(entry: PidEntry): void;
  forget(name: string): void;
  processOf(name: string): Identity | null;
  /** Ends what an earlier supervisor left running, the youngest first. Says how many there were. */
  endLeftovers(): Promise<number>;
  remove(): void;
};

/** What runs, on disk: so that the next start can end what a crash, of the leashes too, has left behind. */
export function openPidRecord(file: string): PidRecord {
  let entries = z.array(entry).catch([]).parse(readJson(file));
  const keep = (next: PidEntry[]) => {
    entries = next;
    writePrivateJson(file, entries);
  };
  return {
    note: (noted) => keep([...entries.filter(({ name }) => name !== noted.name), noted]),
    forget: (name) => keep(entries.filter((known) => known.name !== name)),
    processOf: (name) => entries.find((known) => known.name === name)?.process ?? null,
    async endLeftovers() {
      const leftovers = entries.toReversed();
      const alive = leftovers.filter((left) => isAlive(left.process)).length;
      for (const { process, leash, stopSignal } of leftovers) {
        await endProcess(process, stopSignal);
        // A leash ends by itself with what it held; one that was stopped (SIGSTOP) can't.
        if (leash !== null) await endProcess(leash, 'SIGTERM', 500);
      }
      keep([]);
      return alive;
    },
    remove: () => rmSync(file, { force: true }),
  };
}
