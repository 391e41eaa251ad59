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

/** A table for people; `empty` is said instead of a table without rows. In a terminal the columns of `wraps` share what is left of its width. */
export function printTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  empty: string,
  {
    wraps = [],
    width = process.stdout.columns,
  }: { wraps?: readonly number[]; width?: number | undefined } = {},
): void {
  if (rows.length === 0) {
    print(empty);
    return;
  }
  const table = new Table({
    head: [...head],
    style: { head: [], border: [], compact: true },
    colWidths: widthsOf([head, ...rows], wraps, width),
    wordWrap: true,
  });
  table.push(...rows.map((row) => [...row]));
  print(table.toString());
}

const padding = 2;
const narrowest = 16;

/** Nothing to change where all fits, or where nobody knows how wide it may be. */
function widthsOf(
  rows: readonly (readonly string[])[],
  wraps: readonly number[],
  width: number | undefined,
): (number | null)[] {
  const needed = (rows[0] ?? []).map(
    (_, column) => padding + Math.max(...rows.map((row) => longestLine(row[column]))),
  );
  const borders = needed.length + 1;
  const total = (columns: readonly number[]) => columns.reduce((sum, one) => sum + one, 0);
  if (width === undefined || wraps.length === 0 || total(needed) + borders <= width) return [];
  const others = needed.filter((_, column) => !wraps.includes(column));
  let left = width - borders - total(others);
  // Who needs little gets it first, and the rest is shared by the others.
  const shares = [...wraps].sort((a, b) => (needed[a] ?? 0) - (needed[b] ?? 0));
  const widths: (number | null)[] = needed.map(() => null);
  shares.forEach((column, index) => {
    const share = Math.floor(left / (shares.length - index));
    const own = Math.max(narrowest, Math.min(needed[column] ?? 0, share));
    widths[column] = own;
    left -= own;
  });
  return widths;
}

const longestLine = (text = '') => Math.max(...text.split('\n').map((line) => line.length));

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
