import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileIn, makeConsumer } from '../support/app-package.js';
import { checkout, makeTestFolder } from '../support/stack-folder.js';

type Manifest = {
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
};
const manifest = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as Manifest;
const files = Object.values(manifest.exports).filter((entry) => typeof entry !== 'string');

let folder: ReturnType<typeof makeTestFolder>;
let root: string;

beforeAll(async () => {
  folder = makeTestFolder('package');
  root = await makeConsumer(folder.path);
});
afterAll(() => folder.remove());

const consumer = `
import { createAccessReader, ForbearError, type AccessAnswer, type Reading } from 'forbear/client';
import { forbear as forExpress } from 'forbear/express';
import { withForbear } from 'forbear/fetch';
import { forbear as forHono } from 'forbear/hono';
import { createForbearProvider } from 'forbear/openfeature';
import { Hono } from 'hono';
import express from 'express';

const options = { url: 'http://forbear.test', key: 'k', onProblem: (error: ForbearError) => void error.code };
// @ts-expect-error What happens while nothing is known is to be chosen.
try { createAccessReader(options); } catch (error) { console.log(error instanceof TypeError); }
const reader = createAccessReader({ ...options, whenUnknown: 'open' });
const app = new Hono().use(forHono({ reader, account: () => null })).get('/', (c) => {
  const reading: Reading | null = c.get('forbear');
  const access: AccessAnswer['access'] | null = reading?.isKnown ? reading.answer.access : null;
  return c.json({ access });
});
express().use(forExpress({ reader, account: (request) => request.get('x-account') ?? null }));
const handle = withForbear({ reader, account: () => null }, (_request, _reading, env: { name: string }) => new Response(env.name));
console.log(await (await app.request('/')).text());
console.log(await (await handle(new Request('http://app.test/'), { name: 'env' })).text());
console.log(createForbearProvider({ reader }).metadata.name);
`;

/** Everything that a file imports, at run time. */
const importsOf = (file: string) =>
  [
    ...readFileSync(file, 'utf8').matchAll(
      /^\s*(?:import|export)\b[^;]*?from\s+'([^']+)'|import\('([^']+)'\)/gm,
    ),
  ].map(([, first, second]) => first ?? second ?? '');

describe('the package, built', () => {
  it('has every file that its exports name, with types', () => {
    expect(files).toHaveLength(6);
    for (const { types, default: code } of files)
      for (const file of [types, code])
        expect(existsSync(join(root, 'node_modules/forbear', file)), file).toBe(true);
  });

  it('is imported by plain Node, and its types hold without and with those of a browser', async () => {
    const built = await compileIn(root, 'app', { 'app.ts': consumer });
    const { stdout } = await promisify(execFile)(process.execPath, [join(built, 'app.js')]);
    expect(stdout.trim().split('\n')).toEqual(['true', '{"access":null}', 'env', 'forbear']);
    const lib = ['ES2023', 'DOM', 'DOM.Iterable'];
    const page = `import 'forbear/banner';\nimport type { BannerAnswer } from 'forbear/client';
const answer: BannerAnswer = { isOverdue: false, access: 'active', nextStep: null, payUrl: null };
const banner = document.querySelector('forbear-banner');
if (banner !== null) banner.answer = answer;\n`;
    await compileIn(root, 'page', { 'app.ts': consumer, 'page.ts': page }, lib);
  });

  it('brings nothing along: no package at run time but the flags’ own, and none at all for the banner', () => {
    const folder = join(root, 'node_modules/forbear/dist/src/app');
    const names = readdirSync(folder).filter((name) => name.endsWith('.js'));
    expect(names).toContain('client.js');
    const foreign = names.flatMap((name) =>
      importsOf(join(folder, name)).flatMap((from) => (from.startsWith('./') ? [] : [`${name} ${from}`])),
    );
    expect(foreign).toEqual(['openfeature.js @openfeature/server-sdk']);
    expect(readFileSync(join(folder, 'banner.js'), 'utf8')).not.toMatch(/^\s*import\b/m);
    for (const name of ['hono', 'express', '@openfeature/server-sdk'])
      expect(manifest.peerDependenciesMeta[name]).toEqual({ optional: true });
  });
});
