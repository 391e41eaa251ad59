import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { contractDocument, contractYaml } from '../../src/adapters/http/contract.js';
import { createHttpTarget } from '../../src/adapters/http/target.js';
import { asAccountId } from '../../src/domain/ids.js';
import { makeSecret } from '../../src/push/secrets.js';
import { runChecks } from '../../src/targets/verify/check.js';
import { checksForGood } from '../../src/targets/verify/for-good.js';
import { lifeChecks, listCheck, lookCheck } from '../../src/targets/verify/life.js';
import { createScene } from '../../src/targets/verify/scene.js';
import { forbear } from '../support/cli.js';
import { startTestPlatform } from '../support/platform.js';

type Document = {
  readonly paths: Record<
    string,
    Record<string, { readonly parameters: readonly { readonly $ref: string }[] }>
  >;
};

const [older, newer] = [makeSecret(), makeSecret()];
const unsigned = { receiver: {}, ours: {}, args: [] };
const signed = {
  receiver: { RECEIVER_SECRETS: `${newer} ${older}` },
  ours: { SECRET: older },
  args: ['--secret-env', 'SECRET'],
};

const page = () => readFile('docs/http-target.md', 'utf8');

describe('the contract of a target behind HTTP', () => {
  it('stands in the docs as the adapter speaks it', async () => {
    expect(await readFile('docs/http-target.openapi.yaml', 'utf8')).toBe(contractYaml());
  });

  it('is printed whole by `forbear targets contract`', async () => {
    const { code, out } = await forbear(['targets', 'contract'], {});
    expect({ code, out }).toEqual({ code: 0, out: contractYaml() });
  });

  it('has every part that it refers to', () => {
    const document = contractDocument();
    const refs = JSON.stringify(document).match(/(?<="\$ref":"#\/)[^"]+/g) ?? [];
    expect(refs.length).toBeGreaterThan(20);
    for (const ref of refs) {
      const part = ref
        .split('/')
        .reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], document);
      expect(part, ref).toBeTypeOf('object');
    }
  });

  it('names every request that a whole life of an account sends, with the headers that it sends', async () => {
    const platform = await startTestPlatform();
    await platform.seed('acme', { web: 2 });
    const target = createHttpTarget({
      name: 'platform',
      base: platform.base,
      token: platform.token,
      allowPrivate: true,
    });
    const account = { id: asAccountId('6f2c1a52-6a0e-4f7e-9d3b-0d6a1f0f7c11'), ref: 'acme', fence: 1 };
    const { signal } = new AbortController();
    const scene = createScene({ target, account, waitMs: 3_000, signal });
    for await (const result of runChecks(
      [listCheck, lookCheck, ...lifeChecks, ...checksForGood('web')],
      scene,
      signal,
    ))
      expect(result).toMatchObject({ outcome: 'ok' });
    await platform.close();

    const { paths } = contractDocument() as unknown as Document;
    const met = new Set<string>();
    for (const { method, path, fence, idempotencyKey } of platform.requests) {
      const known = Object.keys(paths).find((one) =>
        new RegExp(`^${one.replace(/\{\w+\}/g, '[^/]+')}$`).test(path),
      );
      const operation = paths[known ?? '']?.[method.toLowerCase()];
      const named = (name: string) => operation?.parameters.some(({ $ref }) => $ref.endsWith(`/${name}`));
      expect({ path, fence: named('fence'), key: named('idempotencyKey') }).toEqual({
        path,
        fence: fence !== null,
        key: idempotencyKey !== null,
      });
      met.add(`${method} ${known}`);
    }
    expect(met.size).toBe(Object.values(paths).flatMap((path) => Object.keys(path)).length);
  });

  it.each([
    [
      'receiver.mjs',
      'All 14 checks are ok',
      /^without .* archive is not offered$/m,
      'Not offered: archive, decommission.',
      unsigned,
    ],
    [
      'receiver-that-deletes.mjs',
      'All 16 checks are ok',
      /^ok .* gone; \d+ bytes/m,
      'What only you can see',
      unsigned,
    ],
    [
      'receiver.mjs, with the older of two secrets',
      'All 15 checks are ok',
      /^ok {7}a request that is not signed as it should be is refused +401$/m,
      'Not offered: archive, decommission.',
      signed,
    ],
  ])(
    'is kept by the receiver of the docs, as it stands there: %s',
    async (what, sum, line, note, secrets) => {
      const [file = ''] = what.split(',');
      const folder = await mkdtemp(join(tmpdir(), 'receiver-'));
      for (const [, name = '', code = ''] of (await page()).matchAll(/```js (\S+)\n(.*?)```/gs))
        await writeFile(join(folder, name), code);
      const env = { PATH: process.env['PATH'], RECEIVER_TOKEN: 'a-token', PORT: '0', ...secrets.receiver };
      const child = spawn(process.execPath, [file], { cwd: folder, env });
      try {
        const [said] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
        const base = `http://127.0.0.1:${/\d+$/.exec(said)?.[0]}`;
        const args = ['--account', 'test-account', '--token-env', 'TOKEN', '--yes', '--destructive', 'web'];
        const ran = await forbear(['targets', 'verify', base, ...args, ...secrets.args], {
          TOKEN: 'a-token',
          ...secrets.ours,
        });
        expect({ code: ran.code, err: ran.err }, ran.out).toEqual({ code: 0, err: '' });
        for (const words of [sum, line, note]) expect(ran.out).toMatch(words);
      } finally {
        child.kill();
        await once(child, 'exit');
        await rm(folder, { recursive: true });
      }
    },
  );
});

describe('forbear targets list', () => {
  it('shows what is connected, of tokens only where they are, and takes the name for verifying', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'targets-'));
    const file = join(folder, 'forbear.yaml');
    await writeFile(
      file,
      ['one', 'two']
        .map(
          (name) =>
            `  - {kind: http, name: ${name}, base: "http://${name}.test/x", tokenEnv: ${name.toUpperCase()}}`,
        )
        .join('\n')
        .replace(/^/, 'targets:\n'),
    );
    const { code, out } = await forbear(['targets', 'list'], { FORBEAR_CONFIG: file, ONE: 'hidden-token' });
    await rm(folder, { recursive: true });
    expect(code).toBe(0);
    expect(out).toMatch(/one .* http:\/\/one\.test\/x .* in ONE/);
    expect(out).toMatch(/two .* http:\/\/two\.test\/x .* missing: set TWO/);
    expect(out).not.toContain('hidden-token');
  });
});
