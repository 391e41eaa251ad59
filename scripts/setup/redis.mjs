import { join, resolve } from 'node:path';
import { unpackPackages } from './debian-unpacked.mjs';
import { isExecutable, onPath, run } from './run.mjs';

const folderName = 'redis-debian';
const names = ['redis-server', 'valkey-server'];

/** @returns a part for `findOrMake` whose value is `{path, version}` */
export function redisPart(context) {
  const { cache, env } = context;
  const find = [
    { from: 'PATH', get: () => check(names.map((name) => onPath(name, env)).find(Boolean)) },
    { from: 'cache', get: () => check(join(cache, folderName, 'bin', 'redis-server')) },
  ];
  const chosen = env.REDIS_SERVER_PATH;
  if (chosen) find.unshift({ from: 'REDIS_SERVER_PATH', ordered: true, get: () => check(resolve(chosen)) });
  return {
    name: 'Redis',
    remedy: 'install Redis or Valkey, or set REDIS_SERVER_PATH to a redis-server binary',
    find,
    make: [{ from: 'Debian', get: () => unpack(context) }],
  };
}

async function check(path) {
  if (!path) throw new Error(`none of ${names.join(', ')} is there`);
  if (!isExecutable(path)) throw new Error(`${path} is no executable file`);
  const printed = await run(path, ['--version']);
  return { path, version: / v=(\S+)/.exec(printed)?.[1] ?? 'of no known version' };
}

/** Debian keeps the program in `redis-tools`; `redis-server` adds its name, and a service that we don't want. */
async function unpack(context) {
  const announcement = 'Fetching Redis from Debian, up to a minute, once per machine';
  const bin = await unpackPackages(context, {
    packages: ['redis-server', 'redis-tools'],
    folderName,
    announcement,
  });
  return check(join(bin, 'redis-server'));
}
