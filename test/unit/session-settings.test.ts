import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSessions } from '../../src/forbear-file.js';
import { openSessionStore } from '../../src/wiring-sessions.js';
import { checkout } from '../support/stack-folder.js';

const folder = mkdtempSync(join(tmpdir(), 'forbear-session-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

const env = {
  SESSIONS_URL: 'redis://forbear:hidden@cache.example:6379',
  CLUSTER_URL: 'rediss://forbear:hidden@a.example:6379,rediss://forbear:hidden@b.example:6379',
  MEMCACHED_SERVERS: 'cache-1:11211,cache-2',
  SESSIONS_SECRET: `whsec_${Buffer.from('hidden-hidden-hidden-hidden-1234').toString('base64')}`,
};
const redis = { kind: 'redis', name: 'web', urlEnv: 'SESSIONS_URL' };
const index = { ...redis, by: 'index', index: 'user-sessions:{ref}', session: 'sess:{id}' };
const memcached = { kind: 'memcached', name: 'web', urlEnv: 'MEMCACHED_SERVERS' };
const http = { kind: 'http', name: 'web', url: 'https://app.example/sessions', secretEnv: 'SESSIONS_SECRET' };

function read(sessions: unknown, given: Record<string, string> = env) {
  const path = join(folder, 'forbear.yaml');
  writeFileSync(path, JSON.stringify({ targets: [], sessions }));
  return readSessions(path, given);
}

describe('the sessions in forbear.yaml', () => {
  it('are none without a word', () => {
    expect(readSessions(undefined, {})).toEqual([]);
    expect(read(undefined)).toEqual([]);
  });

  it('are read with what the environment holds, and their defaults', () => {
    expect(read([index])).toEqual([
      {
        ...{ kind: 'redis', name: 'web', cluster: false, by: 'index' },
        ...{ index: 'user-sessions:{ref}', session: 'sess:{id}', urls: [env.SESSIONS_URL] },
      },
    ]);
    expect(read([{ ...redis, by: 'epoch', cluster: true, urlEnv: 'CLUSTER_URL' }])).toMatchObject([
      { cluster: true, urls: env.CLUSTER_URL.split(','), epoch: 'forbear:epoch:{ref:uri}' },
    ]);
    expect(read([{ ...memcached, by: 'generation' }])).toMatchObject([
      {
        generation: 'forbear:generation:{ref:uri}',
        servers: [
          { host: 'cache-1', port: 11_211 },
          { host: 'cache-2', port: 11_211 },
        ],
      },
    ]);
    expect(read([http])).toEqual([{ kind: 'http', name: 'web', url: http.url, secret: env.SESSIONS_SECRET }]);
  });

  it('may be several, of any kind', () => {
    const all = [
      index,
      { ...redis, name: 'old', by: 'scan', match: 'sess:{ref}:*' },
      { ...redis, name: 'fixed', by: 'keys', keys: ['session:{ref}'] },
      { ...memcached, name: 'cache', by: 'keys', keys: ['session:{ref}'] },
      { ...http, name: 'theirs' },
    ];
    expect(read(all).map(({ name }) => name)).toEqual(['web', 'old', 'fixed', 'cache', 'theirs']);
  });

  it.each([
    [[{ ...index, index: 'user-sessions' }], 'must hold the account once'],
    [[{ ...index, index: '{ref}:{ref}' }], 'must hold the account once'],
    [[{ ...index, session: 'sess' }], 'must hold the session once'],
    [[{ ...index, keys: ['a:{ref}'] }], 'Unrecognized key'],
    [[{ ...redis, by: 'magic' }], 'sessions.0.by'],
    [[{ ...redis, by: 'keys', keys: [] }], 'names no key'],
    [[{ ...redis, by: 'scan', match: 'sess:{ref}*' }], 'needs a separator'],
    [[{ ...redis, by: 'scan', match: '*:{ref}:*' }], 'needs a separator'],
    [[{ ...redis, by: 'scan', match: 'sess:{ref}' }], 'needs a separator'],
    [[{ ...redis, by: 'scan', match: 'sess:{ref:uri}~*' }], 'needs a separator'],
    [[{ ...redis, by: 'epoch', longestSessionDays: 0 }], 'longestSessionDays'],
    [[{ ...index, urlEnv: env.SESSIONS_URL }], 'name the environment variable'],
    [[index, { ...http }], 'each needs a name of its own'],
    [[{ ...http, url: 'https://user:hidden@app.example/' }], 'holds no user'],
    [[{ ...memcached, by: 'keys', keys: ['a b {ref}'] }], 'no space'],
  ])('%j is refused, and no secret is shown', (sessions, says) => {
    expect(() => read(sessions)).toThrow(says);
    expect(() => read(sessions)).not.toThrow('hidden');
  });

  it.each([
    [index, { SESSIONS_URL: '' }, 'web need SESSIONS_URL, which is not set'],
    [index, { SESSIONS_URL: 'http://hidden' }, 'SESSIONS_URL: it must be a URL such as redis://'],
    [index, { SESSIONS_URL: env.CLUSTER_URL }, 'SESSIONS_URL: it must be a URL such as redis://'],
    [{ ...index, cluster: true }, { SESSIONS_URL: 'redis://a,hidden' }, 'must be URLs such as'],
    [{ ...memcached, by: 'generation' }, { MEMCACHED_SERVERS: 'memcached://hidden' }, 'must be host:port'],
    [http, { SESSIONS_SECRET: 'whsec_hidden' }, 'must be whsec_'],
  ])('%j with %j is refused, and no secret is shown', (entry, given, says) => {
    const all = given as Record<string, string>;
    expect(() => read([entry], all)).toThrow(says);
    expect(() => read([entry], all)).not.toThrow('hidden');
  });

  it('are read from the examples of the documentation, all of them', () => {
    const page = readFileSync(join(checkout, 'docs/targets/sessions.md'), 'utf8');
    const examples = [...page.matchAll(/```yaml forbear\.yaml\n([\s\S]*?)```/g)].map(([, yaml = '']) => yaml);
    const path = join(folder, 'documented.yaml');
    const kinds = examples.map((yaml) => {
      writeFileSync(path, `targets: []\n${yaml}`);
      return readSessions(path, env).map((one) => (one.kind === 'http' ? 'http' : `${one.kind} ${one.by}`));
    });
    expect(kinds.flat()).toEqual([
      'redis index',
      'redis epoch',
      'redis keys',
      'memcached generation',
      'http',
    ]);
  });
});

describe('a store of sessions', () => {
  it('has a package loaded at its first use, and only its own', () => {
    const loaded = (first: string) => {
      const program = `
        const { openSessionStore } = await import('./src/wiring-sessions.ts');
        const { readSessions } = await import('./src/forbear-file.ts');
        const store = openSessionStore(${JSON.stringify(first === 'none' ? read([http])[0] : read(first === 'redis' ? [index] : [{ ...memcached, by: 'generation' }])[0])});
        if (${JSON.stringify(first !== 'none')}) await store.end([], new Date()).catch(() => null);
        await store.close();
        const { default: module } = await import('node:module');
        const names = Object.keys(module._cache).map((path) => /node_modules\\/(@?[\\w-]+)/.exec(path)?.[1]);
        console.log(JSON.stringify([...new Set(names)]));`;
      const args = ['--import', 'tsx', '--input-type=module', '-e', program];
      const printed = execFileSync(process.execPath, args, { cwd: checkout, encoding: 'utf8' });
      const names = JSON.parse(printed) as string[];
      return ['redis', '@redis', 'memjs', 'standardwebhooks'].filter((name) => names.includes(name));
    };
    expect(loaded('none')).toEqual([]);
    expect(loaded('redis')).toEqual(['redis', '@redis']);
    expect(loaded('memcached')).toEqual(['memjs']);
  });

  it.each([[index], [{ ...memcached, by: 'generation' }], [http]])(
    'of %j is what it says, and asks nobody about nobody',
    async (entry) => {
      const [config] = read([entry]);
      const store = openSessionStore(config!);
      expect(store.name).toBe('web');
      expect(await store.end([], new Date())).toEqual([]);
      await store.close();
    },
  );
});
