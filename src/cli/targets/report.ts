import type { Result } from '../../targets/verify/check.js';
import type { PutBack } from '../../targets/verify/put-back.js';

// What is seen stands in one line beside the title; what failed is told whole, below it.
const titleWidth = 58;
const indent = ' '.repeat(9);
const widest = 110;

/** One check as a person reads it; those that could not be tried are named together in the end. */
export function linesOf(result: Result, columns = Infinity): string[] {
  const title = result.title.padEnd(titleWidth);
  switch (result.outcome) {
    case 'ok':
      return [cut(`ok       ${title} ${result.seen}`, columns)];
    case 'skipped':
      return [];
    case 'not_offered':
      return [cut(`without  ${title} ${result.came}`, columns)];
    case 'failed':
      return [
        `FAILED   ${result.title}`,
        ...told('expected', result.expected, columns),
        ...told('came', result.came, columns),
        ...told('remedy', result.remedy, columns),
      ];
  }
}

/** What was given back after a check that failed, and what could not be. */
export function linesOfPutBack(
  results: readonly PutBack[],
  states: Readonly<Record<string, unknown>>,
  columns = Infinity,
): string[] {
  const back = results.filter((one) => one.back).map(({ resource }) => resource);
  const lost = results.filter((one) => !one.back);
  return [
    '',
    ...(back.length === 0 ? [] : [`Given back as before: ${back.join(', ')}.`]),
    ...lost.flatMap(({ resource, why }) => [
      `NOT given back: ${resource}`,
      ...told('came', why ?? '', columns),
      ...told('was', JSON.stringify(states[resource]), columns),
      ...told('remedy', 'Give it back by hand: the platform did not take `resume` and `unlock`.', columns),
    ]),
  ];
}

/** What it comes to. */
export function sumOf(results: readonly Result[]): string[] {
  const idsOf = (outcome: Result['outcome']) =>
    results.filter((one) => one.outcome === outcome).map(({ id }) => id);
  const [failed, skipped, without] = [idsOf('failed'), idsOf('skipped'), idsOf('not_offered')];
  if (failed.length + skipped.length === 0)
    return [
      '',
      `All ${results.length - without.length} checks are ok: the platform keeps the contract.`,
      ...(without.length === 0
        ? []
        : [`Not offered: ${without.join(', ')}. Nothing that runs there is ever deleted.`]),
      'What only you can see: lock the account, and try to start something by your own dashboard.',
    ];
  return [
    ...(skipped.length === 0 ? [] : ['', ...wrapped(`Not tried after that: ${skipped.join(', ')}.`, widest)]),
    '',
    `${failed.length} of ${results.length} checks failed. The contract: docs/http-target.md`,
  ];
}

function told(what: string, text: string, columns: number): string[] {
  const [first = '', ...rest] = wrapped(text, Math.min(columns, widest) - indent.length - 10);
  return [`${indent}${what.padEnd(10)}${first}`, ...rest.map((line) => `${indent}${' '.repeat(10)}${line}`)];
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

const cut = (line: string, columns: number) =>
  line.length > columns ? `${line.slice(0, Math.max(0, columns - 1))}…` : line;
