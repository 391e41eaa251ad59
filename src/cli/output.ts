import Table from 'cli-table3';

/** What the exit codes of every command mean. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, notFound: 3, refused: 4 } as const;

/** A command's end with a sentence for the person and a code for the program. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: number;

  constructor(code: keyof typeof exitCodes, message: string) {
    super(message);
    this.exitCode = exitCodes[code];
  }
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** JSON on one line a record, for programs. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value));
}

type Layout = {
  /** Columns of long texts: in a terminal they share what the others leave of its width. */
  readonly wraps?: readonly number[];
  readonly width?: number | undefined;
};

/** A table for people; `empty` is said instead of a table without rows. */
export function printTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  empty: string,
  { wraps = [], width = process.stdout.columns }: Layout = {},
): void {
  if (rows.length === 0) {
    print(empty);
    return;
  }
  const widths = width === undefined ? new Map<number, number>() : widthsOf([head, ...rows], wraps, width);
  const table = new Table({ head: [...head], style: { head: [], border: [], compact: true } });
  table.push(...rows.map((row) => row.map((text, column) => wrapped(text, widths.get(column) ?? Infinity))));
  print(table.toString());
}

// A border and a space on either side.
const perColumn = 3;
const narrowest = 16;

/** How wide the texts of these columns may be; one that needs little leaves the rest of its share to the others. */
function widthsOf(
  rows: readonly (readonly string[])[],
  wraps: readonly number[],
  width: number,
): Map<number, number> {
  const columns = (rows[0] ?? []).map((_, column) => column);
  const needed = (column: number) => Math.max(...rows.map((row) => longestLine(row[column])));
  const others = columns.filter((column) => !wraps.includes(column)).map(needed);
  const left = width - 1 - perColumn * columns.length - others.reduce((sum, one) => sum + one, 0);
  const widths = new Map<number, number>();
  const byNeed = [...wraps].sort((a, b) => needed(a) - needed(b));
  byNeed.reduce((rest, column, index) => {
    const own = Math.max(narrowest, Math.min(needed(column), Math.floor(rest / (byNeed.length - index))));
    widths.set(column, own);
    return rest - own;
  }, left);
  return widths;
}

const longestLine = (text = '') => Math.max(...text.split('\n').map((line) => line.length));

/** Breaks lines at spaces, and words that are longer than a line where they must: nothing of a hash gets lost. */
function wrapped(text: string, width: number): string {
  if (longestLine(text) <= width) return text;
  return text
    .replace(new RegExp(`(?=\\S)(.{1,${width}})(?: +|$\\n?)|(\\S{${width}})`, 'gm'), '$1$2\n')
    .trimEnd();
}

/** `in 3 h 20 min`, `2 days ago`: how far a date is, for people. */
export function fromNow(at: Date, now: Date): string {
  const ms = at.getTime() - now.getTime();
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const text =
    minutes < 1
      ? `${Math.round(Math.abs(ms) / 1_000)} s`
      : minutes < 120
        ? `${minutes} min`
        : minutes < 2_880
          ? `${Math.round(minutes / 60)} h`
          : `${Math.round(minutes / 1_440)} days`;
  return ms < 0 ? `${text} ago` : `in ${text}`;
}
