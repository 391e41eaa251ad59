import { open, type FileHandle } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse';
import type { ImportProblem } from '../../db/queries/import.js';
import { CommandFailure } from '../output.js';

/** A line of a file as it was written: values by the file's own names. */
export type FileRecord = { readonly line: number; readonly values: Readonly<Record<string, unknown>> };

type Records = AsyncGenerator<FileRecord | ImportProblem>;

export type ReadOptions = {
  readonly delimiter: string;
  /** Hears the names of a CSV file's columns before its first record; throws to stop. */
  readonly onNames: (names: readonly string[]) => void;
};

// A line without an end would fill the memory.
const longestRecord = 100_000;

/** The records of a file, one at a time: JSON lines when its name says so, else CSV with a first line of names. */
export async function* readRecords(path: string, options: ReadOptions): Records {
  const file = await openFile(path);
  try {
    yield* /\.(jsonl|ndjson|json)$/i.test(path) ? readJsonLines(file) : readCsv(file, options);
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  const file = await open(path).catch(() => null);
  if (file === null)
    throw new CommandFailure('usage', `${path} can't be read: is it there, and yours to read?`);
  if (!(await file.stat()).isDirectory()) return file;
  await file.close();
  throw new CommandFailure('usage', `${path} is a folder: name a file`);
}

async function* readCsv(file: FileHandle, { delimiter, onNames }: ReadOptions): Records {
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    max_record_size: longestRecord,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  const input = file.createReadStream({ autoClose: false });
  input.on('error', (error) => parser.destroy(error));
  let names: readonly string[] | null = null;
  try {
    for await (const row of input.pipe(parser)) {
      const { record, info } = row as { record: string[]; info: { lines: number } };
      if (names === null) onNames((names = record));
      else yield toRecord(names, record, info.lines);
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const says = `${error.message.replace(/\.?$/, '')}; what follows it was not read: mend it, or name another --delimiter`;
    yield { line: parser.info.lines, says };
  }
}

function toRecord(
  names: readonly string[],
  cells: readonly string[],
  line: number,
): FileRecord | ImportProblem {
  if (cells.length !== names.length) {
    const says = `has ${cells.length} columns and the first line names ${names.length}: put quotes around a value that holds the delimiter`;
    return { line, says };
  }
  // An empty cell says nothing; a hyphen says that there is none.
  const filled = names.flatMap((name, index) => {
    const cell = cells[index] ?? '';
    return cell === '' ? [] : [[name, cell === '-' ? null : cell]];
  });
  return { line, values: Object.fromEntries(filled) as Record<string, unknown> };
}

async function* readJsonLines(file: FileHandle): Records {
  let line = 0;
  for await (const text of file.readLines({ autoClose: false })) {
    line += 1;
    if (text.trim() === '') continue;
    const value = text.length > longestRecord ? undefined : parseJson(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      yield { line, values: value as Record<string, unknown> };
    else yield { line, says: 'is no JSON object: each line holds one account, such as {"ref":"acme"}' };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
