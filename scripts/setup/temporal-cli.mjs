import { join, resolve } from 'node:path';
import { installFolder } from './cache.mjs';
import { isExecutable, onPath, run } from './run.mjs';
import { downloadServer } from './sdk-download.mjs';

// 1.9.1 can't be had by `go install`: its go.mod has replace lines.
const cliVersion = '1.5.1';
// The server that our tests ran against is 1.29.1; older ones lack parts of updates and of the Web UI.
const oldestServer = [1, 29];
const folderName = `temporal-cli-${cliVersion}`;
// A cold machine with one slow core; two cores need 2 to 4 minutes.
const goLimitMs = 20 * 60_000;

/** @returns a part for `findOrMake` whose value is `{path, version}` */
export function temporalPart(context) {
  const { cache, env } = context;
  const find = [
    { from: 'PATH', get: () => checkServer(onPath('temporal', env)) },
    { from: 'cache', get: () => check(join(cache, folderName, 'temporal')) },
  ];
  const chosen = env.TEMPORAL_CLI_PATH;
  if (chosen) find.unshift({ from: 'TEMPORAL_CLI_PATH', ordered: true, get: () => check(resolve(chosen)) });
  return {
    name: 'The Temporal CLI',
    remedy:
      'install it (https://docs.temporal.io/cli) or Go 1.24 or newer, or set TEMPORAL_CLI_PATH to a temporal binary',
    find,
    make: [
      { from: 'download', get: () => download(context) },
      { from: 'go', get: () => buildWithGo(context) },
    ],
  };
}

async function check(path) {
  if (!isExecutable(path)) throw new Error(`${path} is no executable file`);
  const printed = await run(path, ['--version']);
  return { path, version: printed.trim().replace(/^temporal version /, '') };
}

async function checkServer(path) {
  if (!path) throw new Error('temporal is not there');
  const found = await check(path);
  const [major, minor] = (/Server (\d+)\.(\d+)/.exec(found.version) ?? []).slice(1).map(Number);
  const [oldestMajor, oldestMinor] = oldestServer;
  if (!(major > oldestMajor || (major === oldestMajor && minor >= oldestMinor))) {
    throw new Error(
      `${path} is too old (${found.version}; server ${oldestServer.join('.')} or newer is needed)`,
    );
  }
  return found;
}

async function download({ root, cache, voice }) {
  const announcement = "Downloading the Temporal CLI with Temporal's SDK, at most 90 s, once per machine";
  return voice.work(announcement, async () => {
    const install = (folder) =>
      downloadServer({
        root,
        kind: 'dev',
        version: `v${cliVersion}`,
        to: join(folder, 'temporal'),
        log: voice.log,
      });
    return check(join(await installFolder(cache, folderName, install), 'temporal'));
  });
}

async function buildWithGo({ cache, env, voice }) {
  if (!onPath('go', env)) throw new Error('go is not on PATH');
  const announcement =
    "Building the Temporal CLI with Go, 2 to 5 minutes and 4 GB of Go's caches, once per machine";
  return voice.work(announcement, async () => {
    // Settings for cross-compiling would bring a binary for another machine, and GOBIN forbids them.
    const goEnv = (folder) => ({ ...env, GOBIN: folder, GOOS: '', GOARCH: '' });
    const install = (folder) =>
      run('go', goArguments, { env: goEnv(folder), limitMs: goLimitMs, log: voice.log });
    return check(join(await installFolder(cache, folderName, install), 'temporal'));
  });
}

// Without the linker's flag the binary calls itself 0.0.0-DEV.
const goArguments = [
  'install',
  '-ldflags',
  `-s -w -X github.com/temporalio/cli/temporalcli.Version=${cliVersion}`,
  `github.com/temporalio/cli/cmd/temporal@v${cliVersion}`,
];
