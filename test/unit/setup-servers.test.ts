import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkout } from '../support/stack-folder.js';

type Source = { readonly from: string; get(): unknown };
type Part = { readonly find: Source[]; readonly make: Source[] };
type PartOf = (context: object) => Part;

// The set-up scripts are plain JavaScript, since they run before anything is installed.
const load = (file: string): Promise<unknown> =>
  import(/* @vite-ignore */ join(checkout, 'scripts', 'setup', file));
const { findOrMake } = (await load('sources.mjs')) as {
  findOrMake: (part: Part, whileLocked: (work: () => unknown) => unknown) => Promise<unknown>;
};
const { redisPart } = (await load('redis.mjs')) as { redisPart: PartOf };
const { memcachedPart } = (await load('memcached.mjs')) as { memcachedPart: PartOf };

const contextWith = (env: object) => ({
  ...{ root: checkout, cache: join(checkout, 'no-such-folder'), env, isRoot: false },
  voice: { log: () => undefined },
});

describe.each([
  ['Redis', redisPart, 'REDIS_SERVER_PATH', /none of redis-server, valkey-server is there/],
  ['Memcached', memcachedPart, 'MEMCACHED_PATH', /memcached is not there/],
] as const)('%s for the tests', (name, partOf, override, lacks) => {
  it('is looked for where a person says, on PATH and in the cache, before it is taken out of Debian’s package', () => {
    const { find, make } = partOf(contextWith({ [override]: '/its/path' }));
    expect([...find, ...make].map(({ from }) => from)).toEqual([override, 'PATH', 'cache', 'Debian']);
  });

  it('is missing with every reason', async () => {
    const found = findOrMake(partOf(contextWith({ PATH: '' })), (work) => work());
    await expect(found).rejects.toThrow(lacks);
    await expect(found).rejects.toThrow(
      new RegExp(
        `^${name} could not be had \\(PATH: .+; cache: .+; Debian: apt-get is not .+\\): install ${name}`,
      ),
    );
  });

  it('is none other where a person has named one that is not there', async () => {
    const found = findOrMake(partOf(contextWith({ [override]: '/no/such/file' })), (work) => work());
    await expect(found).rejects.toThrow(`${override} names nothing usable`);
  });
});
