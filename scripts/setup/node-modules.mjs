import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupFailure, shorten } from './failure.mjs';
import { run } from './run.mjs';

const npmLimitMs = 15 * 60_000;

/** Throws `SetupFailure` when this Node is older than package.json's `engines` says. */
export function checkNodeVersion(root, version = process.versions.node) {
  const oldest = /\d+\.\d+/.exec(
    JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node,
  )[0];
  const [major, minor] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = oldest.split('.').map(Number);
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new SetupFailure(
    `Forbear needs Node ${oldest} or newer and this is ${version}: install a newer one (https://nodejs.org) and run the command again.`,
  );
}

/** Makes node_modules what package-lock.json says. Safe to repeat: does nothing when it is. */
export async function installNodeModules({ root, env, voice }) {
  const difference = differenceToLock(root);
  if (!difference) return;
  const options = {
    cwd: root,
    env,
    limitMs: npmLimitMs,
    log: voice.log,
    reasonFrom: /^npm (error|ERR!) (?!code|errno|syscall)/,
  };
  try {
    await voice.work(`Installing npm packages (${difference}), up to 3 minutes`, () =>
      run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], options),
    );
  } catch (error) {
    throw new SetupFailure(
      `The npm packages could not be installed (${shorten(error.message)}): ${remedyFor(error.message)}.`,
    );
  }
  writeFileSync(markerIn(root), JSON.stringify(fingerprint(root)));
}

function remedyFor(reason) {
  if (/in sync/.test(reason)) return 'run npm install and commit the package-lock.json it writes';
  return 'make npm and its registry reachable and run the command again';
}

/**
 * Why node_modules isn't what package-lock.json says, or undefined when it is. npm writes what it has installed to
 * node_modules/.package-lock.json as its last act, so that a killed install shows, and an `npm install` by hand counts.
 */
export function differenceToLock(root) {
  if (!existsSync(installedIn(root))) return 'none are installed';
  const wanted = packagesIn(join(root, 'package-lock.json'));
  // What `npm ci` itself has laid is right, even where the two files disagree in ways we don't know.
  if (markerHolds(root)) return undefined;
  const installed = packagesIn(installedIn(root));
  const differs = ([path, entry]) => {
    const there = installed[path];
    if (!there) return !mayStayAway(entry);
    return there.version !== entry.version || there.integrity !== entry.integrity;
  };
  // The entry named '' is the project itself.
  return Object.entries(wanted).some((item) => item[0] !== '' && differs(item))
    ? 'package-lock.json has changed'
    : undefined;
}

/** Packages of other platforms are optional; extraneous ones are in the lock file by npm's oversight. */
function mayStayAway({ optional, devOptional, extraneous }) {
  return optional === true || devOptional === true || extraneous === true;
}

function markerHolds(root) {
  return (
    existsSync(markerIn(root)) && readFileSync(markerIn(root), 'utf8') === JSON.stringify(fingerprint(root))
  );
}

function fingerprint(root) {
  const hash = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');
  return { lock: hash(join(root, 'package-lock.json')), installed: hash(installedIn(root)) };
}

function markerIn(root) {
  return join(root, 'node_modules', '.forbear-setup.json');
}

function installedIn(root) {
  return join(root, 'node_modules', '.package-lock.json');
}

function packagesIn(file) {
  if (!existsSync(file))
    throw new SetupFailure(
      `${file} is missing: restore it (git checkout -- package-lock.json) and run the command again.`,
    );
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}
