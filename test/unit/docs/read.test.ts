import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../../src/cli/program.js';
import { codeOn, deadLinks, forbearLines, mistakeIn, pagesOfDocs } from '../../support/docs.js';

const program = createProgram();
const pages = pagesOfDocs();
const codeIn = (path: string) => codeOn(readFileSync(path, 'utf8'));
const scripts = Object.keys(
  (JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }).scripts,
);

describe('the docs', () => {
  it('are read, all of them', () => {
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/operations.md', 'docs/policy.md']));
    expect(pages.flatMap((page) => forbearLines(codeIn(page))).length).toBeGreaterThan(60);
  });

  it.each(pages)('name only commands and options that exist: %s', (path) => {
    const mistakes = forbearLines(codeIn(path)).flatMap((words) => {
      const mistake = mistakeIn(words, program);
      return mistake === null ? [] : [`forbear ${words.join(' ')}: ${mistake}`];
    });
    expect(mistakes).toEqual([]);
  });

  it.each(pages)('name no option that no command has: %s', (path) => {
    const named = codeIn(path).flatMap((piece) => /^--[a-z-]+/.exec(piece) ?? []);
    expect(named.filter((option) => !options.has(option) && !isOfTheBanner(option))).toEqual([]);
  });

  it.each(pages)('name only scripts that exist: %s', (path) => {
    const named = codeIn(path).flatMap((piece) => [...piece.matchAll(/\bnpm run ([\w:-]+)/g)]);
    expect(named.map(([, name]) => name).filter((name) => !scripts.includes(name ?? ''))).toEqual([]);
  });

  it.each(pages)('lead only to what is there: %s', (path) => {
    expect(deadLinks(path)).toEqual([]);
  });

  it.each(pages)('name only files that are there: %s', (path) => {
    const named = codeIn(path).filter((piece) =>
      /^(activities|bin|deploy|docs|examples|policies|scripts|src|test|tools|workflows)\/[\w./-]+$/.test(
        piece,
      ),
    );
    expect(named.filter((file) => !existsSync(file))).toEqual([]);
  });

  it.each(pages)('name only settings that are read: %s', (path) => {
    const named = codeIn(path).flatMap((piece) => [...piece.matchAll(/\bFORBEAR_[A-Z_]+\b/g)]);
    expect(named.map(([name]) => name).filter((name) => !settings.has(name))).toEqual([]);
  });
});

const optionsOf = ({ options: own, commands }: Command): string[] => [
  ...own.map(({ long }) => long ?? ''),
  ...commands.flatMap(optionsOf),
];
const options = new Set(optionsOf(program));
// Its colours are custom properties of CSS.
const isOfTheBanner = (word: string) => word.startsWith('--forbear-');

/** Every setting that the code names, the scripts' own among them. */
const settings = new Set(
  ['src', 'scripts', 'test', '.ci']
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
    )
    .filter((file) => /(\.(ts|mjs)|\/run)$/.test(file))
    .flatMap((file) => readFileSync(file, 'utf8').match(/\bFORBEAR_[A-Z_]+\b/g) ?? []),
);

describe('a command line in the docs', () => {
  it.each([
    ['forbear case extend acme --days 7 --reason "bank transfer is on its way"', null],
    ['npm run forbear -- case show acme', null],
    ['forbear policy check my.yaml      every mistake', null],
    ['forbear account link acme cus_2 cus_3', null],
    ['forbear policy override acme --rules own.yaml …', null],
    ['forbear policy check|diff', null],
    ['forbear case', null],
    ['forbear case prolong acme', 'there is no command prolong'],
    ['forbear pause acme', 'there is no command pause'],
    ['forbear case extend acme --weeks 1', 'there is no option --weeks'],
    ['forbear case show acme beta', 'takes 1 words, not 2'],
  ])('%s', (line, mistake) => {
    const lines = forbearLines([line]);
    expect(lines.length).toBeGreaterThan(0);
    expect([...new Set(lines.map((words) => mistakeIn(words, program)))]).toEqual([mistake]);
  });
});
