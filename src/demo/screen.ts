import { lineOfChange } from './change.js';
import type { Scene } from './scene.js';
import { tableLines, type Row } from './table.js';

/** Where the demo is shown: on a terminal a table that is redrawn in place, elsewhere one line a change. */
export type Screen = {
  /** A line that stays. */
  say(line: string): void;
  /** A line that stays, of what somebody does in a story. */
  tell(line: string): void;
  /** Everything as it is now; `changed` are the rows that differ from the last time. */
  draw(rows: readonly Row[], changed: readonly Row[]): void;
};

export type Terminal = { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };

export function createScreen(terminal: Terminal): Screen {
  return terminal.isTTY === true ? liveScreen(terminal) : plainScreen(terminal);
}

function liveScreen(terminal: Terminal): Screen {
  let drawn: string[] = [];
  const erase = () => (drawn.length === 0 ? '' : `\u001b[${drawn.length}A\u001b[0J`);
  const show = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');
  const say = (line: string) => void terminal.write(`${erase()}${line}\n${show(drawn)}`);
  return {
    say,
    tell: (line) => say(`  ${line}`),
    draw(rows) {
      const before = erase();
      drawn = ['', ...tableLines(rows, Date.now(), terminal.columns ?? 120)];
      terminal.write(before + show(drawn));
    },
  };
}

function plainScreen(terminal: Terminal): Screen {
  const last = new Map<string, Scene>();
  const beganAt = Date.now();
  const stamp = () => `${((Date.now() - beganAt) / 1000).toFixed(1).padStart(6)} s`;
  return {
    say: (line) => terminal.write(`${line}\n`),
    tell: (line) => terminal.write(`${stamp()}  ${line}\n`),
    draw(_rows, changed) {
      for (const { name, scene } of changed) {
        const line = lineOfChange(last.get(name), scene);
        last.set(name, scene);
        if (line !== '') terminal.write(`${stamp()}  ${name.padEnd(16)} ${line}\n`);
      }
    },
  };
}
