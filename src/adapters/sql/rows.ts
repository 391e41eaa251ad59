import { z } from 'zod';
import { PortError } from '../../ports/errors.js';
import type { ResourceState } from '../../ports/target.js';

/** A row as the statement `read` tells it. */
export type Row = {
  readonly id: string;
  /** The id as the database has it, for the other statements. */
  readonly key: string | number;
  readonly version: string | number;
  readonly suspended: boolean;
  readonly locked: boolean;
  /** Whether it is suspended, and every further column: what a lift puts back. */
  readonly state: ResourceState;
};

const key = z.union([z.string().min(1), z.number()]);
const rowShape = z.looseObject({ id: key, version: key, suspended: z.boolean(), locked: z.boolean() });

// An account that has more is no account: a condition is missing.
const mostRows = 100;

/** Reads rows; throws `TARGET_REFUSED` when they are not what `read` has to tell. */
export function rowsOf(name: string, rows: readonly object[]): readonly Row[] {
  const refuse = (what: string) => new PortError('TARGET_REFUSED', `${name}: \`read\` ${what}`);
  if (rows.length > mostRows) throw refuse(`finds ${rows.length} rows for one account`);
  const read = rows.map((row) => {
    const parsed = rowShape.safeParse(row);
    if (!parsed.success)
      throw refuse(
        `has to tell id, version, suspended and locked: ${parsed.error.issues[0]?.path.join('.')} ${parsed.error.issues[0]?.message}`,
      );
    const { id, version, suspended, locked, ...more } = parsed.data;
    // As it comes back from where it is kept.
    const state = JSON.parse(JSON.stringify({ suspended, ...more })) as ResourceState;
    return { id: String(id), key: id, version, suspended, locked, state };
  });
  if (new Set(read.map(({ id }) => id)).size < read.length) throw refuse('finds an id twice');
  return read;
}
