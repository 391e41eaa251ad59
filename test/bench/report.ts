import { readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, loadavg, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { checkout } from '../support/stack-folder.js';
import { isMet, wordsOfGoal, type Bench, type Findings, type Missed, type Options } from './bench.js';

export type Report = Findings & {
  readonly bench: Bench;
  readonly options: Options;
  readonly missed: readonly Missed[];
  readonly ok: boolean;
  readonly seconds: number;
};

const load = () => loadavg()[0]?.toFixed(1) ?? '?';

/** One line of JSON for programs. */
export function lineOf({ bench, figures, missed, wrong, ok, seconds }: Report): string {
  return JSON.stringify({
    bench: bench.name,
    ok,
    ...figures,
    missed: missed.map(({ figure }) => figure),
    wrong,
    seconds,
    loadAverage: Number(load()),
  });
}

export function textOf(report: Report): string {
  const { bench, figures, notes, wrong, missed, ok } = report;
  const width = Math.max(...Object.keys(figures).map((name) => name.length));
  return [
    `${bench.name} (${report.seconds} s, load average ${load()})`,
    ...Object.entries(figures).map(
      ([name, value]) => `  ${name.padEnd(width)}  ${value}${goalOf(bench, name)}`,
    ),
    ...notes.map((note) => `  ${note}`),
    ...missed.map((goal) => `  goal missed: ${goal.figure} is ${goal.is}, ${wordsOfGoal(goal)} wanted`),
    ...wrong.map((what) => `  WRONG: ${what}`),
    `  ${ok ? 'ok' : 'not ok'}`,
    '',
  ].join('\n');
}

function goalOf({ goals }: Bench, name: string): string {
  const goal = goals.find(({ figure }) => figure === name);
  return goal === undefined ? '' : ` (${wordsOfGoal(goal)})`;
}

/** Writes docs/benchmarks.md; wrong results are no figures, and leave it as it was. */
export async function writeDocument(reports: readonly Report[]): Promise<void> {
  if (reports.some(({ wrong }) => wrong.length > 0)) return;
  const file = join(checkout, 'docs', 'benchmarks.md');
  const style = await resolveConfig(file);
  const text = [
    '# Benchmarks',
    '',
    'Written by `npm run bench`, which runs them all; `npm run bench -- NAME [--json]` runs one. Each checks its own result: what is',
    'wrong or misses a goal ends with exit code 1.',
    '',
    ...conditions(),
    '',
    ...reports.flatMap(sectionOf),
  ].join('\n');
  writeFileSync(file, await format(text, { ...style, parser: 'markdown' }));
}

function conditions(): string[] {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  const model = cpu?.model.trim() || 'CPU';
  return [
    `- Measured on ${new Date().toISOString().slice(0, 10)}, load average at the end ${load()}.`,
    `- Hardware: ${cpus().length} cores (${model}, ${arch()}), ${memory} GB memory, ${type()}. Load generator and all servers on it.`,
    `- Versions: ${versions().join(', ')}.`,
  ];
}

type Package = { readonly version: string };
type Servers = { readonly postgres: Package; readonly temporal: Package };

function versions(): string[] {
  const read = (...path: string[]): unknown => JSON.parse(readFileSync(join(checkout, ...path), 'utf8'));
  const { postgres, temporal } = read('.forbear', 'servers.json') as Servers;
  const sdk = (read('node_modules', '@temporalio', 'worker', 'package.json') as Package).version;
  const own = (read('package.json') as Package).version;
  return [
    `Forbear ${own}`,
    `Node ${process.version.slice(1)}`,
    `Temporal CLI ${temporal.version}`,
    `Temporal SDK ${sdk}`,
    `Postgres ${postgres.version}`,
  ];
}

function sectionOf({ bench, options, figures, notes, seconds }: Report): string[] {
  const flags = Object.entries(options).map(([name, value]) => ` --${name} ${value}`);
  return [
    `## ${bench.name}`,
    '',
    bench.about,
    '',
    `\`npm run bench -- ${bench.name}${flags.join('')}\`, ${seconds} s`,
    '',
    '| figure | is | goal |',
    '| --- | --- | --- |',
    ...Object.entries(figures).map(
      ([name, value]) => `| \`${name}\` | ${value} | ${wordsOf(bench, name, value)} |`,
    ),
    '',
    ...notes.map((note) => `- ${note}`),
    '',
  ];
}

function wordsOf({ goals }: Bench, name: string, value: number): string {
  const goal = goals.find(({ figure }) => figure === name);
  if (goal === undefined) return '';
  return `${wordsOfGoal(goal)}${isMet(goal, value) ? '' : ', missed'}`;
}
