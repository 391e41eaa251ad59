import { parseArgs } from 'node:util';
import { access } from './access.js';
import type { Bench, Options } from './bench.js';
import { missedBy } from './bench.js';
import { fireDrill } from './fire-drill.js';
import { ingest } from './ingest.js';
import { simulate } from './simulate.js';
import { lifecycle } from './lifecycle.js';
import { lineOf, textOf, writeDocument, type Report } from './report.js';
import { revoke } from './revoke.js';
import { sleepers } from './sleepers.js';
import { atWorkbench } from './workbench.js';

const benches: readonly Bench[] = [access, fireDrill, ingest, lifecycle, revoke, simulate, sleepers];

const say = (line: string) => process.stderr.write(`${line}\n`);

function usage(): string {
  const options = (bench: Bench) =>
    Object.entries(bench.options).map(([name, value]) =>
      isSwitch(name) ? `[--${name}]` : `[--${name} ${value}]`,
    );
  return [
    'npm run bench                       runs all, writes docs/benchmarks.md',
    ...benches.map(
      (bench) => `npm run bench -- ${[bench.name, '[--json]', '[--write]', ...options(bench)].join(' ')}`,
    ),
  ].join('\n');
}

/** Runs what the command line asks for; resolves to the exit code: 1 when a result is wrong or a goal missed. */
export async function main(args: readonly string[]): Promise<number> {
  const numbers = Object.assign({}, ...benches.map(({ options }) => options)) as Options;
  const flags = Object.keys(numbers).map(
    (name) => [name, { type: isSwitch(name) ? 'boolean' : 'string' }] as const,
  );
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: 'boolean' }, write: { type: 'boolean' }, ...Object.fromEntries(flags) },
  });
  const asked = positionals.length === 0 ? benches : benches.filter(({ name }) => positionals.includes(name));
  if (asked.length === 0 || asked.length < positionals.length) {
    say(usage());
    return 2;
  }
  const reports: Report[] = [];
  for (const bench of asked) {
    const switchedOn = positionals.length === 0 ? allSwitches(bench) : {};
    const report = await runBench(bench, optionsFor(bench, { ...switchedOn, ...values }));
    reports.push(report);
    process.stdout.write(values['json'] === true ? `${lineOf(report)}\n` : textOf(report));
  }
  const isWritten = positionals.length === 0 || values['write'] === true;
  if (isWritten)
    await writeDocument(
      reports,
      benches.map(({ name }) => name),
    );
  return reports.every(({ ok }) => ok) ? 0 : 1;
}

const isSwitch = (name: string) => benches.some(({ switches = [] }) => switches.includes(name));

const allSwitches = ({ switches = [] }: Bench) => Object.fromEntries(switches.map((name) => [name, true]));

function optionsFor(bench: Bench, given: Readonly<Record<string, unknown>>): Options {
  const changed = Object.keys(bench.options)
    .filter((name) => given[name] !== undefined)
    .map((name) => [name, Number(given[name])] as const);
  const bad = changed.find(([, value]) => !Number.isInteger(value) || value < 1);
  if (bad !== undefined) throw new Error(`--${bad[0]} must be a whole number from 1 on`);
  return { ...bench.options, ...Object.fromEntries(changed) };
}

async function runBench(bench: Bench, options: Options): Promise<Report> {
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 1_000);
  const sayWhen = (line: string) => say(`${bench.name} ${String(seconds()).padStart(4)} s  ${line}`);
  const findings = await atWorkbench(bench.limitMs, sayWhen, (workbench) => bench.run(workbench, options));
  const missed = missedBy(bench.goals, findings.figures);
  const ok = missed.length === 0 && findings.wrong.length === 0;
  return { bench, options, ...findings, missed, ok, seconds: seconds() };
}
