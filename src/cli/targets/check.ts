import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { asAccountId } from '../../domain/ids.js';
import { deepestReason, PortError } from '../../ports/errors.js';
import type { Inspection, Right } from '../../ports/inspection.js';
import type { Target } from '../../ports/target.js';
import { forbearFileOf, readSessions, readTargetList } from '../../forbear-file.js';
import { planFor, type PlannedResource } from '../../targets/plan.js';
import { targetOf } from '../../target-settings.js';
import { openSessionStore } from '../../wiring-sessions.js';
import { openTarget } from '../../wiring-targets.js';
import { operatorEnvironment } from '../environment.js';
import { CommandFailure, print, printJson, printTable } from '../output.js';

type Flags = { readonly account?: string; readonly json?: boolean };

/** `forbear targets check`. */
export function checkTargetsCommand(): Command {
  return new Command('check')
    .argument('[name]', 'a target or a store of sessions in forbear.yaml (default: all of them)')
    .description('what is reached, as whom, and which rights are missing or too many; changes nothing')
    .option('--account <ref>', "also what a pause would do to this account, by the app's own name")
    .option('--json', 'one JSON record a line')
    .addHelpText('after', '\nExit code 1 when something is not reached or a right is missing.')
    .action(check);
}

type Checked = {
  readonly name: string;
  readonly kind: string;
  readonly inspection: Inspection | null;
  /** Why nothing can be said of it. */
  readonly failure: string | null;
  readonly plan: readonly PlannedResource[] | null;
};

async function check(name: string | undefined, { account, json }: Flags): Promise<void> {
  const checked: Checked[] = [];
  for (const one of openAll(name)) {
    const result = await checkOne(one, account);
    checked.push(result);
    if (json) printJson(result);
    else tell(result, account);
  }
  const lacking = checked.filter(isLacking).map(({ name: one }) => one);
  if (lacking.length > 0)
    throw new CommandFailure('failed', `not reached, or a right is missing: ${lacking.join(', ')}`);
}

type Opened = {
  readonly name: string;
  readonly kind: string;
  readonly inspect: () => Promise<Inspection>;
  readonly target: Target | null;
  readonly close: () => Promise<void>;
};

function openAll(name: string | undefined): readonly Opened[] {
  const env = operatorEnvironment();
  const targets = readTargetList(env).filter((entry) => name === undefined || entry.name === name);
  const opened = targets.map((entry): Opened => {
    const target = openTarget(targetOf(entry, env, `target ${entry.name}`));
    const { name: known, kind } = entry;
    return { name: known, kind, inspect: () => target.inspect(), target, close: () => Promise.resolve() };
  });
  const stores = readSessions(forbearFileOf(env), env).filter(
    (entry) => name === undefined || entry.name === name,
  );
  const sessions = stores.map((entry): Opened => {
    const store = openSessionStore(entry);
    const kind = `sessions, ${entry.kind}`;
    return {
      name: entry.name,
      kind,
      inspect: () => store.inspect(),
      target: null,
      close: () => store.close(),
    };
  });
  if (opened.length + sessions.length > 0) return [...opened, ...sessions];
  throw new CommandFailure(
    'usage',
    name === undefined
      ? 'forbear.yaml connects nothing: see docs/targets.md'
      : `nothing is called "${name}": \`forbear targets list\` shows what is connected`,
  );
}

async function checkOne({ name, kind, inspect, target, close }: Opened, account?: string): Promise<Checked> {
  try {
    const inspection = await inspect();
    const plan =
      account === undefined || target === null
        ? null
        : await planFor(target, { id: asAccountId(randomUUID()), ref: account });
    return { name, kind, inspection, failure: null, plan };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    const reason = error.message === '' ? deepestReason(error) : error.message;
    return { name, kind, inspection: null, failure: reason, plan: null };
  } finally {
    await close();
  }
}

const isLacking = ({ inspection, failure }: Checked) =>
  failure !== null || inspection?.rights.some(({ state }) => state === 'missing') === true;

function tell({ name, kind, inspection, failure, plan }: Checked, account: string | undefined): void {
  print(`${name} (${kind})`);
  if (inspection === null) {
    print(`  NOT REACHED: ${failure ?? 'nobody knows why'}\n`);
    return;
  }
  print(`  Reached: ${inspection.reached}`);
  for (const line of linesOf(inspection.rights)) print(`  ${line}`);
  if (plan !== null) tellPlan(plan, account ?? '');
  print('');
}

const words: Readonly<Record<Exclude<Right['state'], 'held'>, string>> = {
  missing: 'MISSING ',
  excess: 'too much',
  unknown: 'unknown ',
};

/** What a person has to see to, the most pressing first; what is as it should be is only counted. Pure. */
export function linesOf(rights: readonly Right[]): readonly string[] {
  const held = rights.filter(({ state }) => state === 'held').length;
  const told = (['missing', 'excess', 'unknown'] as const).flatMap((state) =>
    rights
      .filter((right) => right.state === state)
      .map(({ name, note }) => `${words[state]}  ${name}: ${note}`),
  );
  const sum = held === 0 ? [] : [`${held} ${held === 1 ? 'right is' : 'rights are'} as needed.`];
  return [...told, ...sum];
}

function tellPlan(plan: readonly PlannedResource[], account: string): void {
  print(`  A pause of ${account} would do this:`);
  printTable(
    ['resource', 'now', 'then', 'what would be put back'],
    plan.map(({ id, kind, now, then, state }) => [`${kind} ${id}`, now, then, JSON.stringify(state)]),
    `  Nothing runs there for ${account}.`,
    { wraps: [0, 3] },
  );
}
