import { families } from '../../src/adapters/prometheus/families.js';

const code = (words: readonly string[]) => words.map((word) => `\`${word}\``).join(' ') || '–';

/** Every metric of ours, as a Markdown table. */
export function metricsTable(): string {
  const rows = families.map(
    ({ name, kind, labelNames, help }) => `| \`${name}\` | ${kind} | ${code(labelNames)} | ${help} |`,
  );
  return ['| metric | kind | labels | what it tells |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
