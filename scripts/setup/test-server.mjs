import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { installFolder } from './cache.mjs';
import { installPackages } from './debian.mjs';
import { isExecutable, onPath, run } from './run.mjs';
import { downloadServer, probeServer } from './sdk-download.mjs';

const mavenLimitMs = 10 * 60_000;

/** @returns a part for `findOrMake` whose value is `{path}`: what the SDK starts as `<path> <port> --enable-time-skipping` */
export function testServerPart(context) {
  const { root, cache, env } = context;
  const pom = join(root, 'tools', 'temporal-test-server', 'pom.xml');
  const version = versionIn(pom);
  const wanted = { ...context, pom, version, folderName: `temporal-test-server-${version}` };
  const find = [
    { from: 'cache', get: () => check(context, join(cache, wanted.folderName, 'temporal-test-server')) },
  ];
  const chosen = env.TEMPORAL_TEST_SERVER_PATH;
  if (chosen)
    find.unshift({
      from: 'TEMPORAL_TEST_SERVER_PATH',
      ordered: true,
      get: () => check(context, resolve(chosen)),
    });
  return {
    name: "Temporal's time-skipping test server",
    remedy:
      'install Java 11 or newer and Maven, or set TEMPORAL_TEST_SERVER_PATH to a temporal-test-server binary',
    find,
    make: [
      { from: 'download', get: () => download(wanted) },
      { from: 'maven', get: () => copyWithMaven(wanted) },
    ],
  };
}

function versionIn(pom) {
  const version = /<temporal-test-server\.version>(.+)<\//.exec(readFileSync(pom, 'utf8'))?.[1];
  if (!version) throw new Error(`${pom} names no temporal-test-server.version`);
  return version;
}

async function check({ root, voice }, path) {
  if (!isExecutable(path)) throw new Error(`${path} is no executable file`);
  await probeServer({ root, kind: 'time-skipping', path, log: voice.log });
  return { path };
}

async function download(wanted) {
  const { root, cache, voice, version, folderName } = wanted;
  const announcement =
    "Downloading Temporal's test server with Temporal's SDK, at most 90 s, once per machine";
  return voice.work(announcement, async () => {
    const file = 'temporal-test-server';
    const install = (folder) =>
      downloadServer({
        root,
        kind: 'time-skipping',
        version: `v${version}`,
        to: join(folder, file),
        log: voice.log,
      });
    return { path: join(await installFolder(cache, folderName, install), file) };
  });
}

async function copyWithMaven(wanted) {
  const { cache, voice, folderName } = wanted;
  await haveJavaAndMaven(wanted);
  const announcement = "Fetching Temporal's test server with Maven, up to a minute, once per machine";
  return voice.work(announcement, async () => {
    const folder = await installFolder(cache, folderName, (temporary) => fill(wanted, temporary));
    return check(wanted, join(folder, 'temporal-test-server'));
  });
}

async function haveJavaAndMaven(context) {
  const packages = { java: 'default-jre-headless', mvn: 'maven' };
  const missing = Object.keys(packages).filter((command) => !onPath(command, context.env));
  if (missing.length === 0) return;
  try {
    const announcement = `Installing ${missing.join(' and ')}, 1 to 2 minutes, once per machine`;
    await installPackages(
      context,
      missing.map((command) => packages[command]),
      announcement,
    );
  } catch (error) {
    throw new Error(`${missing.join(' and ')} not on PATH, and ${error.message}`, { cause: error });
  }
}

async function fill({ env, voice, pom }, folder) {
  const goal = [
    'dependency:copy-dependencies',
    '-DincludeScope=runtime',
    `-DoutputDirectory=${join(folder, 'lib')}`,
  ];
  const options = { env, limitMs: mavenLimitMs, log: voice.log, reasonFrom: /^\[ERROR\]|^Error/ };
  await run('mvn', ['-B', '-ntp', '-q', '-f', pom, ...goal], options);
  const script = join(folder, 'temporal-test-server');
  writeFileSync(script, wrapper);
  chmodSync(script, 0o755);
}

// `exec`, so that the SDK's kill reaches Java itself and no server is left behind.
const wrapper = `#!/bin/sh
# Started by Temporal's SDK as: temporal-test-server PORT --enable-time-skipping
exec java -cp "$(dirname "$0")/lib/*" io.temporal.testserver.TestServer "$@"
`;
