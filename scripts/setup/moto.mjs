import { chmodSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { installFolder } from './cache.mjs';
import { installPackages } from './debian.mjs';
import { isExecutable, onPath, run } from './run.mjs';

// How it answers differs from version to version, and the tests are written against this one.
const version = '5.2.5';
const folderName = `moto-${version}`;
// Half a minute on a warm machine; a cold one first downloads some 40 MB.
const pipLimitMs = 10 * 60_000;

/** @returns a part for `findOrMake` whose value is `{path, version}` */
export function motoPart(context) {
  const { cache, env } = context;
  const find = [{ from: 'cache', get: () => checkInstalled(join(cache, folderName)) }];
  const chosen = env.MOTO_SERVER_PATH;
  if (chosen) find.unshift({ from: 'MOTO_SERVER_PATH', ordered: true, get: () => check(resolve(chosen)) });
  return {
    name: 'moto_server',
    remedy: `install Python 3.10 or newer, or set MOTO_SERVER_PATH to the moto_server of moto ${version}`,
    find,
    make: [{ from: 'pip', get: () => installWithPip(context) }],
  };
}

async function check(path) {
  if (!isExecutable(path)) throw new Error(`${path} is no executable file`);
  await run(path, ['--help']);
  // It has no option that tells its version.
  return { path, version: 'of no known version' };
}

async function checkInstalled(folder) {
  const found = await check(join(folder, 'moto_server'));
  const told = 'import importlib.metadata as m; print(m.version("moto"))';
  return { ...found, version: (await run(join(folder, 'bin', 'python'), ['-c', told])).trim() };
}

async function installWithPip(context) {
  const { cache, env, voice } = context;
  if (!onPath('python3', env)) throw new Error('python3 is not on PATH');
  await ensureVenv(context);
  return voice.work('Installing moto with pip, up to a minute, once per machine', async () => {
    const install = async (folder) => {
      const options = { env, limitMs: pipLimitMs, log: voice.log, reasonFrom: /^ERROR: / };
      await run('python3', ['-m', 'venv', folder], options);
      const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '-q'];
      await run(join(folder, 'bin', 'python'), [...pip, `moto[server]==${version}`], options);
      writeLauncher(folder);
    };
    return checkInstalled(await installFolder(cache, folderName, install));
  });
}

/** pip's own launchers name the folder that they were made in, which is moved afterwards. */
function writeLauncher(folder) {
  const file = join(folder, 'moto_server');
  writeFileSync(file, '#!/bin/sh\nexec "$(dirname "$0")/bin/python" -m moto.server "$@"\n');
  chmodSync(file, 0o755);
}

/** Debian's python3 has a `venv` that can't bring pip, until a package of its own is there. */
async function ensureVenv(context) {
  try {
    await run('python3', ['-c', 'import ensurepip, venv'], { env: context.env });
  } catch (error) {
    if (!/ensurepip|venv/.test(error.message)) throw error;
    await installPackages(context, ['python3-venv'], "Python's venv is missing: installing it");
  }
}
