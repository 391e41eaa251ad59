import { onPath, run } from './run.mjs';

const aptLimitMs = 10 * 60_000;
const aptEnv = { DEBIAN_FRONTEND: 'noninteractive' };

/** Throws the reason when this machine's packages are not ours to install. */
export function canInstallPackages({ env, isRoot }) {
  if (!onPath('apt-get', env)) throw new Error('apt-get is not on this machine');
  if (!isRoot) throw new Error('installing packages needs root');
}

/** Installs Debian packages, after saying so. Throws apt's reason. */
export async function installPackages(context, packages, announcement) {
  canInstallPackages(context);
  const { env, voice } = context;
  const options = { env: { ...env, ...aptEnv }, limitMs: aptLimitMs, log: voice.log, reasonFrom: /^E: / };
  await voice.work(`${announcement} (apt-get install ${packages.join(' ')})`, async () => {
    await run('apt-get', ['update', '-q'], options);
    const wait = ['-o', 'DPkg::Lock::Timeout=300'];
    await run('apt-get', [...wait, 'install', '-q', '-y', '--no-install-recommends', ...packages], options);
  });
}
