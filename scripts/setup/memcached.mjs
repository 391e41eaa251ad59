import { join, resolve } from 'node:path';
import { unpackPackages } from './debian-unpacked.mjs';
import { isExecutable, onPath, run } from './run.mjs';

const folderName = 'memcached-debian';

/** @returns a part for `findOrMake` whose value is `{path, version}` */
export function memcachedPart(context) {
  const { cache, env } = context;
  const find = [
    { from: 'PATH', get: () => check(onPath('memcached', env)) },
    { from: 'cache', get: () => check(join(cache, folderName, 'bin', 'memcached')) },
  ];
  const chosen = env.MEMCACHED_PATH;
  if (chosen) find.unshift({ from: 'MEMCACHED_PATH', ordered: true, get: () => check(resolve(chosen)) });
  return {
    name: 'Memcached',
    remedy: 'install Memcached, or set MEMCACHED_PATH to a memcached binary',
    find,
    make: [{ from: 'Debian', get: () => unpack(context) }],
  };
}

async function check(path) {
  if (!path) throw new Error('memcached is not there');
  if (!isExecutable(path)) throw new Error(`${path} is no executable file`);
  const printed = await run(path, ['-V']);
  return { path, version: printed.trim().replace(/^memcached /, '') };
}

async function unpack(context) {
  const announcement = 'Fetching Memcached from Debian, up to a minute, once per machine';
  const bin = await unpackPackages(context, { packages: ['memcached'], folderName, announcement });
  return check(join(bin, 'memcached'));
}
