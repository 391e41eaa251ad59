import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { installFolder } from './cache.mjs';
import { onPath, run } from './run.mjs';

const aptLimitMs = 5 * 60_000;

/**
 * Takes the programs out of Debian packages into `<cache>/<folderName>/bin`, which is returned. The packages themselves are
 * not installed, because that would start their servers on this machine; only the libraries that they need are.
 * @param {{ cache: string, env: NodeJS.ProcessEnv, isRoot: boolean, voice: object }} context
 * @param {{ packages: string[], folderName: string, announcement: string }} wanted
 */
export async function unpackPackages(context, { packages, folderName, announcement }) {
  const { cache, env, isRoot, voice } = context;
  for (const tool of ['apt-get', 'dpkg-deb']) {
    if (!onPath(tool, env)) throw new Error(`${tool} is not on this machine`);
  }
  return voice.work(`${announcement} (apt-get download ${packages.join(' ')})`, async () => {
    const aptEnv = { ...env, DEBIAN_FRONTEND: 'noninteractive' };
    const options = { env: aptEnv, limitMs: aptLimitMs, log: voice.log, reasonFrom: /^E: / };
    if (isRoot) await run('apt-get', ['update', '-q'], options);
    const fill = (folder) => unpackInto(folder, packages, isRoot, options);
    return join(await installFolder(cache, folderName, fill), 'bin');
  });
}

async function unpackInto(folder, packages, isRoot, options) {
  const scratch = join(folder, 'packages');
  mkdirSync(scratch);
  const within = { ...options, cwd: scratch };
  await run('apt-get', ['download', '-q', ...packages], within);
  for (const archive of readdirSync(scratch)) {
    if (isRoot) await installLibraries(archive, within);
    await run('dpkg-deb', ['-x', archive, 'root'], within);
  }
  renameSync(join(scratch, 'root', 'usr', 'bin'), join(folder, 'bin'));
  rmSync(scratch, { recursive: true });
}

/** Without root they may be there already: whether the program runs is looked at afterwards. */
async function installLibraries(archive, options) {
  const depends = await run('dpkg-deb', ['-f', archive, 'Depends'], options);
  const libraries = depends.split(',').filter((one) => one.trim().startsWith('lib'));
  if (libraries.length === 0) return;
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  await run(
    'apt-get',
    [...wait, 'satisfy', '-q', '-y', '--no-install-recommends', libraries.join(',')],
    options,
  );
}
