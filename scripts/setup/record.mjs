import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromiumOnPath } from './chromium.mjs';
import { optionalParts } from './optional.mjs';
import { onPath } from './run.mjs';

/**
 * @typedef {object} Servers what the rest of Forbear reads from .forbear/servers.json
 * @property {string} cache
 * @property {{ version: string, bin: string }} postgres
 * @property {{ path: string, version: string, from: string }} temporal
 * @property {{ path: string, from: string } | null} testServer
 * @property {{ path: string, from: string } | null} chromium
 * And each of `optionalParts` by its key, `{path, version, from}` or null; absent: nobody has looked for it yet.
 * @property {{ part: string, reason: string }[]} missing optional parts that were asked for and can't be had
 */

const overrides = [
  'FORBEAR_CACHE',
  'FORBEAR_POSTGRES_BIN',
  'TEMPORAL_CLI_PATH',
  'TEMPORAL_TEST_SERVER_PATH',
  'CHROMIUM_PATH',
  ...optionalParts.map(({ override }) => override),
];
// A missing optional part is looked for anew after this: trying costs minutes where the way to it is blocked.
const retryMissingMs = 60 * 60_000;

/** @returns {Servers | undefined} */
export function readServers(root) {
  return readJson(join(root, '.forbear', 'servers.json'));
}

/** @param {{ root: string }} context @param {Servers} servers */
export function writeServers(context, servers) {
  const folder = join(context.root, '.forbear');
  writeWhole(join(folder, 'servers.json'), servers);
  writeWhole(join(folder, 'setup-stamp.json'), {
    ...circumstances(context),
    tests: context.tests,
    at: Date.now(),
  });
}

/**
 * The servers of the last set-up if all of it still holds: same lock file, Node, user and settings, every file there.
 * @returns {Servers | undefined}
 */
export function stillGood(context) {
  const { root, tests, browser, env } = context;
  const servers = readServers(root);
  const stamp = readJson(join(root, '.forbear', 'setup-stamp.json'));
  if (!servers || !stamp || !existsSync(join(root, 'node_modules', '.package-lock.json'))) return undefined;
  const now = circumstances(context);
  if (Object.keys(now).some((key) => JSON.stringify(stamp[key]) !== JSON.stringify(now[key])))
    return undefined;
  if (tests && !(stamp.tests && servers.testServer && testServerStands(servers, env))) return undefined;
  if ((tests || browser) && !browserStands(servers, stamp, env, browser)) return undefined;
  if (tests && !optionalParts.every((part) => partStands(part, servers, stamp, env))) return undefined;
  return allThere(servers) ? servers : undefined;
}

function circumstances({ root, env, uid }) {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  return {
    lock,
    node: process.version,
    uid,
    overrides: Object.fromEntries(overrides.map((name) => [name, env[name] ?? null])),
  };
}

function allThere(servers) {
  const { postgres, temporal, testServer, chromium } = servers;
  const optional = [testServer, chromium, ...optionalParts.map(({ key }) => servers[key])];
  const files = [join(postgres.bin, 'postgres'), temporal.path, ...optional.map((part) => part?.path)];
  return files.every((file) => file === undefined || existsSync(file));
}

function testServerStands({ testServer }, env) {
  return (
    testServer.from === 'TEMPORAL_TEST_SERVER_PATH' ||
    !isScript(testServer.path) ||
    onPath('java', env) !== undefined
  );
}

function isScript(path) {
  return existsSync(join(path, '..', 'lib'));
}

function browserStands({ chromium }, stamp, env, askedFor) {
  if (chromium) return true;
  return triedLately(stamp) && !askedFor && chromiumOnPath(env) === undefined;
}

function partStands({ key, name }, servers, stamp, env) {
  if (servers[key]) return true;
  if (servers[key] === undefined || !triedLately(stamp)) return false;
  // Somebody who read that Go is missing, and has installed it, needn't wait.
  const reason = servers.missing.find(({ part }) => part === name)?.reason ?? '';
  const [, lacked] = /(\S+) is not on PATH/.exec(reason) ?? [];
  return !(lacked !== undefined && onPath(lacked, env) !== undefined);
}

function triedLately(stamp) {
  return stamp.tests && Date.now() - stamp.at < retryMissingMs;
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Whoever reads it meanwhile sees the old file or the new one, never half of one. */
function writeWhole(file, value) {
  mkdirSync(join(file, '..'), { recursive: true });
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(temporary, file);
}
