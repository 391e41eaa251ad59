import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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

const today = () => new Date().toISOString().slice(0, 10);
const load = () => loadavg()[0]?.toFixed(1) ?? '?';

const shown = (value: number | null) => (value === null ? 'not measured' : String(value));

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
      ([name, value]) => `  ${name.padEnd(width)}  ${shown(value)}${goalOf(bench, name)}`,
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

const file = join(checkout, 'docs', 'benchmarks.md');

/**
 * Writes what was measured into docs/benchmarks.md; the sections of other benches, of which `order` names all, stay as they
 * are. Wrong results are no figures, and leave the page as it was.
 */
export async function writeDocument(reports: readonly Report[], order: readonly string[]): Promise<void> {
  if (reports.some(({ wrong }) => wrong.length > 0)) return;
  const style = await resolveConfig(file);
  const known = sectionsIn(existsSync(file) ? readFileSync(file, 'utf8') : '');
  const measured = new Map(reports.map((report) => [report.bench.name, sectionOf(report).join('\n')]));
  const text = [
    '# Benchmarks',
    '',
    'Written by `npm run bench`, which runs them all; `npm run bench -- NAME [--json] [--write]` runs one, and writes its figures here if told.',
    'Each checks its own result: what is wrong or misses a goal ends with exit code 1.',
    '',
    ...conditions(),
    '',
    ...order.flatMap((name) => measured.get(name) ?? known.get(name) ?? []),
  ].join('\n');
  writeFileSync(file, await format(text, { ...style, parser: 'markdown' }));
}

/** The sections of the page, by their benches' names. */
function sectionsIn(page: string): ReadonlyMap<string, string> {
  const sections = page.split(/^(?=## )/m).slice(1);
  return new Map(sections.map((section) => [/^## (\S+)/.exec(section)?.[1] ?? '', section]));
}

function conditions(): string[] {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  const model = cpu?.model.trim() || 'CPU';
  return [
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
  const flags = Object.entries(options).map(([name, value]) =>
    bench.switches?.includes(name) !== true ? ` --${name} ${value}` : value === 0 ? '' : ` --${name}`,
  );
  return [
    `## ${bench.name}`,
    '',
    bench.about,
    '',
    `\`npm run bench -- ${bench.name}${flags.join('')}\`, ${seconds} s, on ${today()}, load average at the end ${load()}`,
    '',
    '| figure | is | goal |',
    '| --- | --- | --- |',
    ...Object.entries(figures).map(
      ([name, value]) => `| \`${name}\` | ${shown(value)} | ${wordsOf(bench, name, value)} |`,
    ),
    '',
    ...notes.map((note) => `- ${note}`),
    '',
  ];
}

function wordsOf({ goals }: Bench, name: string, value: number | null): string {
  const goal = goals.find(({ figure }) => figure === name);
  if (goal === undefined) return '';
  return `${wordsOfGoal(goal)}${isMet(goal, value) ? '' : ', missed'}`;
}
