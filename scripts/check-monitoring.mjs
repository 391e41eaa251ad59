// Checks what deploy/ holds for Prometheus and Grafana by their own tools: the rules and their tests, the queries of the
// dashboards, and the dashboards themselves. A tool that can't be had is said, and no failure.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, openCache } from './setup/cache.mjs';
import { SetupFailure } from './setup/failure.mjs';
import { withLock } from './setup/lock.mjs';
import { promtoolPart } from './setup/promtool.mjs';
import { onPath } from './setup/run.mjs';
import { findOrMake } from './setup/sources.mjs';
import { createVoice } from './setup/voice.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
const dashboards = readdirSync('deploy/grafana')
  .filter((name) => name.endsWith('.json'))
  .map((name) => join('deploy/grafana', name));

await checkWithPromtool();
checkWithDashboardLinter();

async function checkWithPromtool() {
  const promtool = await findPromtool();
  if (promtool === null) return;
  const { path, version } = promtool;
  const folder = 'deploy/prometheus';
  const checks = [
    [path, 'check', 'rules', '--lint=all', '--lint-fatal', `${folder}/forbear.rules.yaml`],
    [path, 'test', 'rules', `${folder}/forbear.rules.test.yaml`],
    [path, 'check', 'config', '--syntax-only', `${folder}/scrape.yaml`],
  ];
  const areRight = [...checks.map(passes), queriesPass(path)].every(Boolean);
  if (areRight)
    console.log(`Rules, their tests and the queries of the dashboard are right (promtool ${version}).`);
}

async function findPromtool() {
  const env = process.env;
  const isRoot = process.getuid?.() === 0;
  const cache = cacheFolder({ env, isRoot });
  const voice = createVoice({ quiet: false, logFile: join(root, '.forbear', 'monitoring.log') });
  try {
    openCache(cache, isRoot);
    const whileLocked = (work) => withLock(join(cache, 'setup.lock'), work, () => {});
    return (await findOrMake(promtoolPart({ env, isRoot, cache, voice }), whileLocked)).value;
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error;
    if (env.PROMTOOL_PATH) process.exitCode = 1;
    console.log(`deploy/prometheus was not checked. ${error.message}`);
    return null;
  }
}

/** promtool knows rules and no dashboards: each query becomes a rule, with Grafana's variables filled in. */
function queriesPass(promtool) {
  const scratch = mkdtempSync(join(tmpdir(), 'forbear-queries-'));
  try {
    const rules = dashboards
      .flatMap((file) => JSON.parse(readFileSync(file, 'utf8')).panels)
      .flatMap(({ targets = [] }) => targets)
      .map(({ expr }, n) => ({
        record: `dashboard:query:${n}`,
        expr: expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$(job|instance)/g, '.+'),
      }));
    const file = join(scratch, 'queries.yaml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboards', rules }] }));
    return passes([promtool, 'check', 'rules', file]);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function checkWithDashboardLinter() {
  const linter = onPath('dashboard-linter');
  if (!linter) {
    console.log(
      "deploy/grafana was not checked by Grafana's dashboard-linter, which is not on this machine.",
    );
  } else if (dashboards.map((file) => passes([linter, 'lint', '--strict', file])).every(Boolean)) {
    console.log('The dashboards are right (dashboard-linter).');
  }
}

/** Runs a check to its end; what it says is only shown when it fails. */
function passes([command, ...args]) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: 120_000 });
  if (status === 0) return true;
  console.error([`${command} ${args.join(' ')}`, error?.message, stdout, stderr].filter(Boolean).join('\n'));
  process.exitCode = 1;
  return false;
}
