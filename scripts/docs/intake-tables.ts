import { knownTypes } from '../../src/dispatcher/classify.js';
import { refusalCauses } from '../../src/watch/refusals.js';

const tables: Readonly<Record<string, () => string>> = { events: eventTable, refusals: refusalTable };

const tableParts = /<!-- table: (\w+) -->\n.*?<!-- end -->/gs;

/** The page of the intake with its tables made anew; each stands between two comments, the first of which names it. */
export function withIntakeTables(written: string): string {
  return written.replace(
    tableParts,
    (_whole, name: string) => `<!-- table: ${name} -->\n\n${tables[name]?.() ?? ''}\n\n<!-- end -->`,
  );
}

function eventTable(): string {
  const becomes = knownTypes.map((known) => {
    const words = known.kind === 'handled' ? `\`${known.news.signal}\`` : kinds[known.kind];
    return [`\`${known.type}\``, words, known.does];
  });
  return table(['type', 'what becomes of it', 'what it tells'], becomes);
}

const kinds = { recorded: 'kept; not acted on yet', unwanted: 'never ask for it' } as const;

function refusalTable(): string {
  const rows = Object.entries(refusalCauses).map(([reason, { cause, remedy }]) => [
    `\`${reason}\``,
    cause,
    remedy,
  ]);
  return table(['reason', 'most likely', 'what to do'], rows);
}

// Prettier lays it out.
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '-'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
