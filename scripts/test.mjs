// Runs all suites and closes with the counted line. Arguments go to vitest: npm test -- test/unit -t 'pays'
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const reportFile = join(root, 'reports', 'tests.json');
const extraArgs = process.argv.slice(2);

// vitest has the terminal and ends itself on Ctrl-C; we stay to count.
process.on('SIGINT', () => {});

const vitestExit = runVitest();
const report = readReport();
const counts = countOf(report);
const problems = problemsOf(counts, vitestExit);

for (const name of counts.skippedNames) console.log(`skipped: ${name}`);
if (counts.skipped > 0)
  for (const { part, reason } of missingParts()) console.log(`missing ${part}: ${reason}`);
for (const failure of failuresOf(report)) console.log(failure);
for (const problem of problems) console.log(problem);
console.log(closingLine(counts));
process.exitCode = problems.length > 0 ? 1 : 0;

function runVitest() {
  rmSync(reportFile, { force: true });
  mkdirSync(dirname(reportFile), { recursive: true });
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const args = [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
    ...extraArgs,
  ];
  const { status, signal, error } = spawnSync(process.execPath, [vitest, ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (error) throw error;
  return signal ?? status;
}

function readReport() {
  try {
    return JSON.parse(readFileSync(reportFile, 'utf8'));
  } catch {
    return { testResults: [] };
  }
}

function countOf({ testResults }) {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const withStatus = (...statuses) => tests.filter(({ status }) => statuses.includes(status));
  // With a name pattern vitest reports every other test as skipped: those were not asked for.
  const byPattern = extraArgs.some((arg) => /^(-t|--testNamePattern)(=|$)/.test(arg));
  const skipped = byPattern ? [] : withStatus('skipped', 'pending', 'todo', 'disabled');
  // A file that can't be imported, or whose hook throws, fails without a failed test in it.
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: withStatus('passed').length,
    failed: withStatus('failed').length + brokenFiles.length,
    skipped: skipped.length,
    // vitest's report has no reason for a skip: by our convention the suite's name carries it in parentheses.
    skippedNames: skipped.map(({ ancestorTitles, title }) =>
      [...ancestorTitles, title].filter(Boolean).join(' > '),
    ),
  };
}

// Once more at the end, so that who reads just the last lines of a long log knows what to mend.
function failuresOf({ testResults }) {
  const line = (name, message) => `failed: ${name}: ${message?.split('\n', 1)[0] ?? 'no message'}`;
  return testResults
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, message, assertionResults }) => {
      const failed = assertionResults.filter((test) => test.status === 'failed');
      return failed.length > 0
        ? failed.map((test) => line(test.fullName, test.failureMessages[0]))
        : [line(relative(root, name), message)];
    });
}

function problemsOf({ passed, failed, skipped }, exit) {
  const found = [];
  if (passed + failed === 0) found.push('No test was executed.');
  else if (exit !== 0 && failed === 0)
    found.push(`vitest ended with ${exit} though no test failed: see its errors above.`);
  if (failed > 0) found.push('reports/tests.json has the failures.');
  if (skipped > 0 && process.env.CI === 'true') found.push('With CI=true a skipped test is a failure.');
  return found;
}

function missingParts() {
  try {
    return JSON.parse(readFileSync(join(root, '.forbear', 'servers.json'), 'utf8')).missing;
  } catch {
    return [];
  }
}

function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
