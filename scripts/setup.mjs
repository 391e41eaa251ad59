// Finds, fetches or builds everything that Forbear runs on, and writes where it is to .forbear/servers.json.
// Imports nothing from npm: it is what installs the npm packages.
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, openCache } from './setup/cache.mjs';
import { chromiumPart } from './setup/chromium.mjs';
import { mendDriver } from './mend-driver.mjs';
import { SetupFailure } from './setup/failure.mjs';
import { withLock } from './setup/lock.mjs';
import { checkNodeVersion, installNodeModules } from './setup/node-modules.mjs';
import { optionalParts } from './setup/optional.mjs';
import { postgresPart } from './setup/postgres.mjs';
import { readServers, stillGood, writeServers } from './setup/record.mjs';
import { findOrMake } from './setup/sources.mjs';
import { temporalPart } from './setup/temporal-cli.mjs';
import { testServerPart } from './setup/test-server.mjs';
import { createVoice, elapsed } from './setup/voice.mjs';

const usage = `node scripts/setup.mjs [--quiet] [--tests] [--browser]

  --quiet     print only when there is work to do
  --tests     also what the tests need: the time-skipping test server, and where they can be had a browser,
              stripe-mock, and the servers that targets are tried on
  --browser   also a browser (optional: set-up goes on without one)
`;

async function main() {
  const since = Date.now();
  const context = contextOf(process.argv.slice(2));
  checkNodeVersion(context.root);
  let servers = stillGood(context);
  if (!servers) {
    const tellWait = (pid) =>
      context.voice.note(`Another set-up of this checkout is at work (process ${pid}); waiting for it …`);
    servers = await withLock(
      join(context.root, '.forbear', 'setup.lock'),
      () => setUpOrTell(context),
      tellWait,
    );
  }
  mendOrTell(context.root);
  context.voice.note(`${summary(servers)} Ready after ${elapsed(since)}.`);
}

/** Each time: an `npm install` by hand that runs no scripts lays the driver anew. */
function mendOrTell(root) {
  try {
    mendDriver(root);
  } catch (error) {
    throw new SetupFailure(error.message);
  }
}

function contextOf(args) {
  const known = ['--quiet', '--tests', '--browser', '--help'];
  const unknown = args.find((arg) => !known.includes(arg));
  if (unknown) throw new SetupFailure(`${unknown} is no option of the set-up: use ${known.join(', ')}.`);
  if (args.includes('--help')) {
    process.stdout.write(usage);
    process.exit(0);
  }
  if (process.platform === 'win32')
    throw new SetupFailure('Forbear runs on Linux and macOS: on Windows run it inside WSL.');
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const env = process.env;
  const uid = process.getuid();
  return {
    root,
    env,
    uid,
    isRoot: uid === 0,
    cache: cacheFolder({ env, isRoot: uid === 0, home: homedir() }),
    tests: args.includes('--tests'),
    browser: args.includes('--browser'),
    voice: createVoice({ quiet: args.includes('--quiet'), logFile: join(root, '.forbear', 'setup.log') }),
  };
}

async function setUpOrTell(context) {
  try {
    return await setUp(context);
  } catch (error) {
    const logFile = context.voice.logged();
    throw error instanceof SetupFailure && logFile ? error.withDetails(logFile) : error;
  }
}

async function setUp(context) {
  // Another set-up may have finished all of it while we waited for the lock.
  const done = stillGood(context);
  if (done) return done;
  const { cache, voice, isRoot, root } = context;
  await installNodeModules(context);
  openCache(cache, isRoot);
  const tellWait = (pid) =>
    voice.note(`Another set-up on this machine is at work (process ${pid}); waiting for it …`);
  const whileLocked = (work) => withLock(join(cache, 'setup.lock'), work, tellWait);

  const postgres = await findOrMake(postgresPart(context), whileLocked);
  const temporal = await findOrMake(temporalPart(context), whileLocked);
  // A set-up for the demo keeps what an earlier one for the tests has found.
  const before = readServers(root);
  const testServer = context.tests ? await findOrMake(testServerPart(context), whileLocked) : undefined;
  const browser = await findBrowser(context, whileLocked);
  const optional = await findForTests(context, before, whileLocked);
  const servers = {
    cache,
    postgres: postgres.value,
    temporal: { ...temporal.value, from: temporal.from },
    testServer: testServer ? { ...testServer.value, from: testServer.from } : (before?.testServer ?? null),
    chromium: browser.looked ? browser.found : (before?.chromium ?? null),
    ...optional.found,
    missing: [...missingOf(browser, 'chromium', before), ...optional.missing],
  };
  writeServers(context, servers);
  return servers;
}

async function findBrowser(context, whileLocked) {
  if (!context.tests && !context.browser) return { looked: false };
  return findOptional('chromium', chromiumPart(context), context.env.CHROMIUM_PATH, whileLocked);
}

/** One after the other: two compilers at once are slower than one. */
async function findForTests(context, before, whileLocked) {
  const found = {};
  const missing = [];
  for (const { key, name, override, part } of optionalParts) {
    const looked = context.tests
      ? await findOptional(name, part(context), context.env[override], whileLocked)
      : { looked: false };
    found[key] = looked.looked ? looked.found : before?.[key];
    missing.push(...missingOf(looked, name, before));
  }
  return { found, missing };
}

/** That an optional part can't be had is noted with its reason, and set-up goes on; not so where a person named it. */
async function findOptional(name, part, chosen, whileLocked) {
  try {
    const { value, from } = await findOrMake(part, whileLocked);
    return { looked: true, found: { ...value, from } };
  } catch (error) {
    if (!(error instanceof SetupFailure) || chosen) throw error;
    return { looked: true, found: null, missing: [{ part: name, reason: error.message }] };
  }
}

/** What is known of a part that isn't there: from this look at it, else from an earlier one. */
function missingOf({ looked, missing = [] }, name, before) {
  return looked ? missing : (before?.missing ?? []).filter(({ part }) => part === name);
}

function summary(servers) {
  const { postgres, temporal, testServer, chromium, missing } = servers;
  const parts = [`Postgres ${postgres.version}`, `Temporal ${temporal.version} (${temporal.from})`];
  if (testServer) parts.push(`test server (${testServer.from})`);
  if (chromium) parts.push(`browser ${chromium.path}`);
  for (const { key, name } of optionalParts)
    if (servers[key]) parts.push(`${name} ${servers[key].version} (${servers[key].from})`);
  return [`Found ${parts.join(', ')}.`, ...missing.map(({ reason }) => reason)].join(' ');
}

try {
  await main();
} catch (error) {
  if (!(error instanceof SetupFailure)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
