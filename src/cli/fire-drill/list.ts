import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DrillAccess } from '../../domain/drill.js';
import { idleOverrides, type PlannedLine } from '../../drill/plan.js';
import { mostBytes, UnreadableList } from '../../drill/read.js';
import { withDatabase } from '../environment.js';
import { CommandFailure } from '../output.js';

type ListFlags = {
  readonly access: DrillAccess;
  readonly column: string;
  readonly override: readonly string[];
  readonly out?: string;
};

/** The list of a file, read whole, and what would become of each of its lines. */
export async function planOf(file: string, flags: ListFlags): Promise<readonly PlannedLine[]> {
  const { access, column, override: overrides } = flags;
  const bytes = await bytesOf(file);
  const { planList } = await import('../../db/queries/drill-lists.js');
  const planned = await withDatabase((db) => planList(db, bytes, column, { access, overrides })).catch(
    (error: unknown) => {
      if (!(error instanceof UnreadableList)) throw error;
      throw new CommandFailure('usage', `${file}: ${error.message}`);
    },
  );
  const [idle] = idleOverrides(planned, { access, overrides });
  if (idle !== undefined)
    throw new CommandFailure('usage', `--override ${idle}: no line names an account of this ref`);
  return planned;
}

export async function bytesOf(file: string): Promise<Uint8Array> {
  const bytes = await readFile(file).catch(() => null);
  if (bytes === null)
    throw new CommandFailure('usage', `${file} can't be read: is it there, a file, and yours to read?`);
  if (bytes.length > mostBytes)
    throw new CommandFailure('usage', `${file} has ${bytes.length} bytes: at most ${mostBytes}`);
  return bytes;
}

/** Where the result goes. A result that is there already is somebody's only way back: it is never written over. */
export function outOf({ out }: { readonly out?: string }, file: string): string {
  const path = out ?? `${file.replace(/(\.result)?\.csv$/i, '')}.result.csv`;
  const free = out === undefined ? firstFree(path) : path;
  if (existsSync(free))
    throw new CommandFailure('usage', `${free} is there already: name another file with --out`);
  if (!existsSync(dirname(free)))
    throw new CommandFailure('usage', `${dirname(free)} is not there: name another folder with --out`);
  return free;
}

function firstFree(path: string): string {
  for (let n = 1; n < 100; n += 1) {
    const candidate = n === 1 ? path : path.replace(/\.result\.csv$/, `.result-${n}.csv`);
    if (!existsSync(candidate)) return candidate;
  }
  return path;
}
