import { countsOf, type Result } from './verdict.js';

export type Progress = {
  /** Told of each account as it is over. */
  done(ref: string, result: Result): void;
  /** Clears the line. */
  end(): void;
};

const barWidth = 30;

/** A line that is written anew on a terminal; without one, a line for each account. */
export function createProgress(total: number, terminal: NodeJS.WriteStream): Progress {
  const results: Result[] = [];
  const erase = '\r\u001b[2K';
  const show = () => void terminal.write(`${erase}${lineOf(results, total)}`);
  if (terminal.isTTY) show();
  return {
    done: (ref, result) => {
      results.push(result);
      if (terminal.isTTY) show();
      else terminal.write(`${results.length} of ${total}  ${ref}  ${wordsOf(result)}\n`);
    },
    end: () => {
      if (terminal.isTTY) terminal.write(erase);
    },
  };
}

/** `[####------] 3 of 12  2 lifted, 1 refused`. Pure. */
export function lineOf(results: readonly Result[], total: number): string {
  const full = total === 0 ? barWidth : Math.round((results.length / total) * barWidth);
  const bar = `${'#'.repeat(full)}${'-'.repeat(barWidth - full)}`;
  return `[${bar}] ${results.length} of ${total}  ${results.length === 0 ? 'ordered' : countsOf(results)}`;
}

/** A result on one line. */
export const wordsOf = ({ status, detail }: Result): string =>
  detail === '' ? status : `${status}: ${detail}`;
