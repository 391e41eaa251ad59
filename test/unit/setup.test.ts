import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const execute = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const nowhere = join(root, 'no-such-cache');

interface Source {
  from: string;
  ordered?: boolean;
  get: () => unknown;
}
interface Part {
  name: string;
  remedy: string;
  find: Source[];
  make: Source[];
}
interface Made {
  from: string;
  value: unknown;
}
type Locked = (work: () => Promise<Made>) => Promise<Made>;

// The set-up scripts are plain JavaScript, since they run before anything is installed.
const load = (file: string): Promise<unknown> =>
  import(/* @vite-ignore */ join(root, 'scripts', 'setup', file));
const { findOrMake } = (await load('sources.mjs')) as {
  findOrMake: (part: Part, locked: Locked) => Promise<Made>;
};
const { temporalPart } = (await load('temporal-cli.mjs')) as { temporalPart: (context: object) => Part };
const { testServerPart } = (await load('test-server.mjs')) as { testServerPart: (context: object) => Part };
const { kubernetesPart } = (await load('kubernetes.mjs')) as { kubernetesPart: (context: object) => Part };
const { stripeMockPart } = (await load('stripe-mock.mjs')) as { stripeMockPart: (context: object) => Part };
const { motoPart } = (await load('moto.mjs')) as { motoPart: (context: object) => Part };
const { promtoolPart } = (await load('promtool.mjs')) as { promtoolPart: (context: object) => Part };
const { postgresPart } = (await load('postgres.mjs')) as { postgresPart: (context: object) => Part };
const { cacheFolder } = (await load('cache.mjs')) as {
  cacheFolder: (machine: { env: object; isRoot: boolean; home: string }) => string;
};
const { checkNodeVersion } = (await load('node-modules.mjs')) as {
  checkNodeVersion: (root: string, version: string) => void;
};

const contextWith = (env: object) => ({ root, cache: nowhere, env, voice: { log: () => undefined } });
const orderOf = ({ find, make }: Part) => [...find, ...make].map(({ from }) => from);
const locked: Locked = (work) => work();
const works = (from: string): Source => ({ from, get: () => `the ${from} one` });
const fails = (from: string, reason: string): Source => ({
  from,
  get: () => {
    throw new Error(reason);
  },
});

describe('set-up: where each server comes from', () => {
  it('looks for the Temporal CLI on PATH and in the cache before it downloads or builds one', () => {
    expect(orderOf(temporalPart(contextWith({})))).toEqual(['PATH', 'cache', 'download', 'go']);
  });

  it('puts what a person named first', () => {
    const env = { TEMPORAL_CLI_PATH: '/t', TEMPORAL_TEST_SERVER_PATH: '/s', FORBEAR_POSTGRES_BIN: '/p' };
    expect(orderOf(temporalPart(contextWith(env)))[0]).toBe('TEMPORAL_CLI_PATH');
    expect(orderOf(testServerPart(contextWith(env)))).toEqual([
      'TEMPORAL_TEST_SERVER_PATH',
      'cache',
      'download',
      'maven',
    ]);
    expect(orderOf(postgresPart(contextWith(env)))).toEqual(['FORBEAR_POSTGRES_BIN', 'cache', 'npm']);
  });

  it('looks for stripe-mock on PATH and in the cache before it builds one, and says what it lacks', async () => {
    expect(orderOf(stripeMockPart(contextWith({ STRIPE_MOCK_PATH: '/m' })))).toEqual([
      ...['STRIPE_MOCK_PATH', 'PATH', 'cache', 'go'],
    ]);
    await expect(findOrMake(stripeMockPart(contextWith({ PATH: '' })), locked)).rejects.toThrow(
      /^Stripe's stripe-mock could not be had \(PATH: .+; cache: .+; go: go is not on PATH\): install Go/,
    );
  });

  it('looks for an API server of Kubernetes in the cache before it builds one, and says what it lacks', async () => {
    expect(orderOf(kubernetesPart(contextWith({ KUBE_APISERVER_PATH: '/m' })))).toEqual([
      ...['KUBE_APISERVER_PATH', 'cache', 'go'],
    ]);
    await expect(findOrMake(kubernetesPart(contextWith({ PATH: '' })), locked)).rejects.toThrow(
      /^kube-apiserver could not be had \(cache: .+; go: go is not on PATH\): install Go/,
    );
  });

  it('takes moto_server out of the cache or from pip, never from PATH, where its version is not known', async () => {
    expect(orderOf(motoPart(contextWith({ MOTO_SERVER_PATH: '/m' })))).toEqual([
      ...['MOTO_SERVER_PATH', 'cache', 'pip'],
    ]);
    await expect(findOrMake(motoPart(contextWith({ PATH: '' })), locked)).rejects.toThrow(
      /^moto_server could not be had \(cache: .+; pip: python3 is not on PATH\): install Python/,
    );
  });

  it('looks for promtool on PATH and in the cache before it takes one out of Debian’s package', async () => {
    expect(orderOf(promtoolPart(contextWith({ PROMTOOL_PATH: '/m' })))).toEqual([
      ...['PROMTOOL_PATH', 'PATH', 'cache', 'Debian'],
    ]);
    await expect(findOrMake(promtoolPart(contextWith({ PATH: '' })), locked)).rejects.toThrow(
      /^Prometheus' promtool could not be had \(PATH: .+; cache: .+; Debian: apt-get is not .+\): install/,
    );
  });

  it('takes the first source that works and makes nothing when one is found', async () => {
    const part = { name: 'It', remedy: '', find: [fails('PATH', 'no'), works('cache')], make: [works('go')] };
    await expect(findOrMake(part, locked)).resolves.toEqual({ from: 'cache', value: 'the cache one' });
  });

  it('looks into the cache again once it holds the lock, since another set-up may have filled it', async () => {
    let looks = 0;
    const cache: Source = {
      from: 'cache',
      get: () => {
        looks += 1;
        if (looks === 1) throw new Error('empty');
        return 'filled meanwhile';
      },
    };
    const part = { name: 'It', remedy: '', find: [cache], make: [works('go')] };
    await expect(findOrMake(part, locked)).resolves.toEqual({ from: 'cache', value: 'filled meanwhile' });
  });

  it('keeps the cache out of root’s home, which the user that Postgres runs as cannot enter', () => {
    const home = '/home/ann';
    expect(cacheFolder({ env: {}, isRoot: true, home: '/root' })).toBe('/var/cache/forbear');
    expect(cacheFolder({ env: {}, isRoot: false, home })).toBe('/home/ann/.cache/forbear');
    expect(cacheFolder({ env: { XDG_CACHE_HOME: '/x' }, isRoot: false, home })).toBe('/x/forbear');
    expect(cacheFolder({ env: { FORBEAR_CACHE: '/f' }, isRoot: true, home: '/root' })).toBe('/f');
  });
});

describe('set-up: failures are one sentence with the remedy', () => {
  it('tells every reason when nothing works', async () => {
    const part = {
      name: 'The Temporal CLI',
      remedy: 'install Go',
      find: [fails('PATH', 'temporal is not there'), fails('cache', 'empty')],
      make: [fails('download', 'no\nroute.'), fails('go', 'go is not on PATH')],
    };
    await expect(findOrMake(part, locked)).rejects.toThrow(
      'The Temporal CLI could not be had (PATH: temporal is not there; cache: empty; download: no route; go: go is not on PATH): install Go.',
    );
  });

  it('tries nothing else when what a person named does not work', async () => {
    const named = { ...fails('TEMPORAL_CLI_PATH', '/t is no executable file'), ordered: true };
    const part = { name: 'It', remedy: '', find: [named, works('PATH')], make: [] };
    await expect(findOrMake(part, locked)).rejects.toThrow(
      'TEMPORAL_CLI_PATH names nothing usable (/t is no executable file): correct it or unset it.',
    );
  });

  it('names the Node version that is needed', () => {
    expect(() => checkNodeVersion(root, '20.18.9')).toThrow(
      'Forbear needs Node 20.19 or newer and this is 20.18.9',
    );
    expect(() => checkNodeVersion(root, '20.19.0')).not.toThrow();
    expect(() => checkNodeVersion(root, '24.0.0')).not.toThrow();
  });

  it('refuses an unknown option with exit code 1', async () => {
    const setup = execute(process.execPath, [join(root, 'scripts', 'setup.mjs'), '--test']);
    await expect(setup).rejects.toMatchObject({
      code: 1,
      stderr: '--test is no option of the set-up: use --quiet, --tests, --browser, --help.\n',
    });
  });
});

describe('set-up: the lock', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'forbear-lock-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const inProcess = (script: string) => {
    const imports = `import { withLock } from ${JSON.stringify(join(root, 'scripts/setup/lock.mjs'))};
      import { readFileSync, writeFileSync } from 'node:fs';
      import { setTimeout as sleep } from 'node:timers/promises';
      const lock = ${JSON.stringify(join(folder, 'lock'))}, count = ${JSON.stringify(join(folder, 'count'))};`;
    return execute(process.execPath, ['--input-type=module', '--eval', imports + script]);
  };
  const addFive = `for (let i = 0; i < 5; i += 1) await withLock(lock, async () => {
      const before = Number(readFileSync(count, 'utf8'));
      await sleep(5);
      writeFileSync(count, String(before + 1));
    });`;

  it('lets one process in at a time', async () => {
    writeFileSync(join(folder, 'count'), '0');
    await Promise.all([inProcess(addFive), inProcess(addFive), inProcess(addFive)]);
    expect(readFileSync(join(folder, 'count'), 'utf8')).toBe('15');
  });

  it('is taken over from owners that were killed, by one process at a time', async () => {
    const killed = inProcess(`await withLock(lock, async () => process.kill(process.pid, 'SIGKILL'));`);
    await expect(killed).rejects.toMatchObject({ signal: 'SIGKILL' });
    writeFileSync(join(folder, 'count'), '0');
    await Promise.all([inProcess(addFive), inProcess(addFive), inProcess(addFive)]);
    expect(readFileSync(join(folder, 'count'), 'utf8')).toBe('15');
  });

  it('is given back by a process that ends in the middle of its work', async () => {
    await expect(inProcess(`await withLock(lock, async () => process.exit(3));`)).rejects.toMatchObject({
      code: 3,
    });
    const { stdout } = await inProcess(
      `await withLock(lock, async () => console.log('in'), () => console.log('waited'));`,
    );
    expect(stdout).toBe('in\n');
  });
});
