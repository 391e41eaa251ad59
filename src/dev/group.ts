import { rmSync } from 'node:fs';
import type { StackDescription } from './description.js';
import type { DevFailure } from './failure.js';
import { writePrivateJson } from './files.js';
import { keep, type Kept } from './keep.js';
import type { PartName } from './options.js';
import type { Part } from './part.js';
import type { PidRecord } from './pid-record.js';

export type Group = {
  /** Starts these parts together; resolves when all can be used. What begins later is stopped earlier. */
  begin(parts: readonly Part[]): Promise<void>;
  /** From now on `dev.json` tells where everything is, with the pids of the moment. */
  publish(): void;
  pids(): Partial<Record<PartName, number>>;
  stop(): Promise<void>;
  /** Resolves when a part that ran couldn't be kept running. */
  readonly failed: Promise<DevFailure>;
};

type GroupSettings = {
  readonly logFolder: string;
  readonly record: PidRecord;
  readonly say: (line: string) => void;
  readonly file: string;
  readonly description: Omit<StackDescription, 'pids'>;
};

/** The parts that run, told to the world in `dev.json` and stopped in the reverse of the order they began in. */
export function createGroup({ file, description, ...context }: GroupSettings): Group {
  const tiers: Kept[][] = [];
  let published = false;
  let stopping: Promise<void> | null = null;
  let giveUp: (failure: DevFailure) => void = () => {};
  const failed = new Promise<DevFailure>((resolve) => (giveUp = resolve));

  const pids = () => {
    const running = tiers.flat().flatMap((kept) => (kept.pid() === null ? [] : [[kept.name, kept.pid()]]));
    return Object.fromEntries(running) as Partial<Record<PartName, number>>;
  };
  const changed = () => {
    if (published && stopping === null) writePrivateJson(file, { ...description, pids: pids() });
  };
  const stopAll = async () => {
    for (const tier of tiers.toReversed()) await Promise.all(tier.map((kept) => kept.stop()));
    rmSync(file, { force: true });
    context.record.remove();
  };
  return {
    async begin(parts) {
      const begun = parts.map((part) => keep(part, { ...context, changed, giveUp }));
      tiers.push(begun.map(({ kept }) => kept));
      await Promise.all(begun.map(({ ready }) => ready));
    },
    publish() {
      published = true;
      changed();
    },
    pids,
    stop: () => (stopping ??= stopAll()),
    failed,
  };
}
