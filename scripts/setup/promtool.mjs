import { chmodSync, copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { installFolder } from './cache.mjs';
import { isExecutable, onPath, run } from './run.mjs';

const folderName = 'promtool';
const aptLimitMs = 5 * 60_000;

/** @returns a part for `findOrMake` whose value is `{path, version}` */
export function promtoolPart(context) {
  const { cache, env } = context;
  const find = [
    { from: 'PATH', get: () => check(onPath('promtool', env)) },
    { from: 'cache', get: () => check(join(cache, folderName, 'promtool')) },
  ];
  const chosen = env.PROMTOOL_PATH;
  if (chosen) find.unshift({ from: 'PROMTOOL_PATH', ordered: true, get: () => check(resolve(chosen)) });
  return {
    name: "Prometheus' promtool",
    remedy: 'install Prometheus, or set PROMTOOL_PATH to a promtool binary',
    find,
    make: [{ from: 'Debian', get: () => unpackFromDebian(context) }],
  };
}

async function check(path) {
  if (!path) throw new Error('promtool is not there');
  if (!isExecutable(path)) throw new Error(`${path} is no executable file`);
  const printed = await run(path, ['--version']);
  return { path, version: /version (\S+)/.exec(printed)?.[1] ?? 'of no known version' };
}

/** Takes it out of the package and installs nothing: to install it would start a Prometheus on this machine. */
async function unpackFromDebian({ cache, env, isRoot, voice }) {
  for (const tool of ['apt-get', 'dpkg-deb']) {
    if (!onPath(tool, env)) throw new Error(`${tool} is not on this machine`);
  }
  return voice.work('Fetching promtool from Debian, up to a minute, once per machine', async () => {
    const options = { env, limitMs: aptLimitMs, log: voice.log, reasonFrom: /^E: / };
    if (isRoot) await run('apt-get', ['update', '-q'], options);
    const install = async (folder) => {
      const scratch = join(folder, 'package');
      mkdirSync(scratch);
      await run('apt-get', ['download', '-q', 'prometheus'], { ...options, cwd: scratch });
      const [archive] = readdirSync(scratch);
      await run('dpkg-deb', ['-x', archive, '.'], { ...options, cwd: scratch });
      copyFileSync(join(scratch, 'usr', 'bin', 'promtool'), join(folder, 'promtool'));
      chmodSync(join(folder, 'promtool'), 0o755);
      rmSync(scratch, { recursive: true });
    };
    return check(join(await installFolder(cache, folderName, install), 'promtool'));
  });
}
