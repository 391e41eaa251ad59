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

/** A table for people; `empty` is said instead of a table without rows. */
export function printTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  empty: string,
): void {
  if (rows.length === 0) {
    print(empty);
    return;
  }
  const table = new Table({ head: [...head], style: { head: [], border: [], compact: true } });
  table.push(...rows.map((row) => [...row]));
  print(table.toString());
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
