import { closeSync, fstatSync, openSync, readSync, statSync, writeFileSync } from 'node:fs';

/** The log of one part: everything its process has printed since the stack was started. */
export type LogFile = {
  readonly path: string;
  size(): number;
  /** What was printed after this place, whole lines only. */
  linesSince(place: number): string[];
  /** The last line that isn't indented, as the lines of a stack trace are. */
  lastWords(): string;
};

export function openLog(path: string): LogFile {
  writeFileSync(path, '', { mode: 0o600 });
  const linesSince = (place: number) => textSince(path, place).split('\n').slice(0, -1);
  return {
    path,
    size: () => statSync(path).size,
    linesSince,
    lastWords: () => linesSince(0).findLast((line) => /^\S/.test(line)) ?? '',
  };
}

// A part that prints megabytes must not be read whole again and again: what we look for stands at either end.
const mostBytes = 64 * 1024;

function textSince(path: string, place: number): string {
  const file = openSync(path, 'r');
  try {
    const from = Math.max(place, fstatSync(file).size - mostBytes);
    const buffer = Buffer.alloc(mostBytes);
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, mostBytes, from));
  } finally {
    closeSync(file);
  }
}
