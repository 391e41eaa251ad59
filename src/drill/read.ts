import { CsvError, parse } from 'csv-parse/sync';

/** A line of the list, as it stands there; `wrong`: why nobody can be meant by it. */
export type GivenLine = { readonly line: number; readonly given: string; readonly wrong: string | null };

/** Why a whole file is refused. The message is for people. */
export class UnreadableList extends Error {
  override readonly name = 'UnreadableList';
}

export const mostBytes = 10_000_000;
export const mostLines = 100_000;

/**
 * Reads a list of accounts: CSV in UTF-8, with a first line that names `column`. Everything is read before anything is
 * answered. Throws `UnreadableList` when the file as a whole can't be what was meant; what is wrong with one line is said of
 * that line. Pure.
 */
export function readList(bytes: Uint8Array, column: string): readonly GivenLine[] {
  const [head, ...lines] = recordsOf(textOf(bytes));
  const names = head?.record ?? [];
  const index = names.indexOf(column);
  if (index === -1)
    throw new UnreadableList(
      `the first line names no column ${column}: its columns are ${names.join(', ') || 'none'}`,
    );
  if (names.lastIndexOf(column) !== index) throw new UnreadableList(`two columns are named ${column}`);
  if (lines.length === 0) throw new UnreadableList('the file has a first line and nothing else');
  if (lines.length > mostLines)
    throw new UnreadableList(`${lines.length} lines: at most ${mostLines} at a time`);
  const width = names.length;
  return lines.map(({ record, line }) => {
    const given = (record[index] ?? '').trim();
    return {
      line,
      given,
      wrong: record.length === width ? wrongWith(given) : columnsText(record.length, width),
    };
  });
}

function textOf(bytes: Uint8Array): string {
  if (bytes.length === 0) throw new UnreadableList('the file is empty');
  if (bytes.length > mostBytes)
    throw new UnreadableList(`the file has ${bytes.length} bytes: at most ${mostBytes}`);
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    throw new UnreadableList('the file is UTF-16: save it as UTF-8');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UnreadableList('the file is not UTF-8: save it so, else names would be read wrongly', {
      cause,
    });
  }
}

type Row = { readonly record: readonly string[]; readonly line: number };

function recordsOf(text: string): readonly Row[] {
  if (text.includes('\0')) throw new UnreadableList('the file is no text: it has bytes of value 0');
  try {
    const rows = parse(text, { info: true, relax_column_count: true, skip_empty_lines: true }) as unknown as {
      readonly record: string[];
      readonly info: { readonly bytes: number };
    }[];
    const begin = lineFinder(Buffer.from(text));
    return rows.map(({ record, info }) => ({ record, line: begin(info.bytes) }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new UnreadableList(`it is no CSV: ${error.message}`, { cause: error });
  }
}

const [feed, carriageReturn] = [0x0a, 0x0d];

/**
 * Says on which line each record begins, told the ends of all of them one after the other: as an editor counts, whatever a
 * line ends with, and within quotes too.
 */
function lineFinder(bytes: Uint8Array): (end: number) => number {
  let [at, line] = [0, 1];
  const isEnd = () => bytes[at] === feed || bytes[at] === carriageReturn;
  const step = () => {
    if (isEnd()) line += 1;
    at += bytes[at] === carriageReturn && bytes[at + 1] === feed ? 2 : 1;
  };
  return (end) => {
    while (at < end && isEnd()) step();
    const begun = line;
    while (at < end) step();
    return begun;
  };
}

const columnsText = (has: number, wanted: number) =>
  `has ${has} columns, and the first line names ${wanted}: put quotes around a value that holds a comma`;

// A spreadsheet takes what begins so for a formula, and no account is called so.
const formula = /^[=+\-@\t\r]/;
// Control and format signs, among them those that nobody sees: a word with one is another word than it looks like.
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const longestWord = 255;

function wrongWith(given: string): string | null {
  if (given === '') return 'names nobody';
  if (formula.test(given)) return 'begins like a formula of a spreadsheet';
  if (unseen.test(given)) return 'holds a sign that nobody sees: type it anew';
  return given.length > longestWord ? `is longer than ${longestWord} characters` : null;
}
