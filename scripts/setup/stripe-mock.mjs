import { join, resolve } from 'node:path';
import { installFolder } from './cache.mjs';
import { isExecutable, onPath, run } from './run.mjs';

// What its answers differ in from those of the fake is listed for this one, and for no other.
const version = '0.203.0';
const folderName = `stripe-mock-${version}`;
// Seconds on a warm machine; a cold one with one slow core compiles half of Go's standard library first.
const goLimitMs = 10 * 60_000;

/** @returns a part for `findOrMake` whose value is `{path, version}` */
export function stripeMockPart(context) {
  const { cache, env } = context;
  const find = [
    { from: 'PATH', get: () => checkVersion(onPath('stripe-mock', env)) },
    { from: 'cache', get: () => check(join(cache, folderName, 'stripe-mock')) },
  ];
  const chosen = env.STRIPE_MOCK_PATH;
  if (chosen) find.unshift({ from: 'STRIPE_MOCK_PATH', ordered: true, get: () => check(resolve(chosen)) });
  return {
    name: "Stripe's stripe-mock",
    remedy: `install Go 1.22 or newer, or set STRIPE_MOCK_PATH to a stripe-mock ${version} binary`,
    find,
    make: [{ from: 'go', get: () => buildWithGo(context) }],
  };
}

async function check(path) {
  if (!isExecutable(path)) throw new Error(`${path} is no executable file`);
  const printed = await run(path, ['-version']);
  return { path, version: printed.trim().replace(/^stripe-mock v?/, '') };
}

async function checkVersion(path) {
  if (!path) throw new Error('stripe-mock is not there');
  const found = await check(path);
  // What somebody built by `go install` alone calls itself "master", and could be any.
  if (found.version !== version) throw new Error(`${path} is ${found.version}, and ${version} is needed`);
  return found;
}

async function buildWithGo({ cache, env, voice }) {
  if (!onPath('go', env)) throw new Error('go is not on PATH');
  return voice.work("Building Stripe's stripe-mock with Go, up to a minute, once per machine", async () => {
    // Settings for cross-compiling would bring a binary for another machine, and GOBIN forbids them.
    const goEnv = (folder) => ({ ...env, GOBIN: folder, GOOS: '', GOARCH: '' });
    const install = (folder) =>
      run('go', goArguments, { env: goEnv(folder), limitMs: goLimitMs, log: voice.log });
    return check(join(await installFolder(cache, folderName, install), 'stripe-mock'));
  });
}

// Without the linker's flag the binary calls itself "master".
const goArguments = [
  'install',
  '-ldflags',
  `-s -w -X main.version=${version}`,
  `github.com/stripe/stripe-mock@v${version}`,
];
