import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';

/** Every page that people read: the repository's own and those under docs. */
export const pagesOfDocs = (): string[] => [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

const fence = /^```[^\n]*\n(.*?)^```$/gms;

/** Pieces of code on a page: the lines of its blocks, and what stands in the text between backticks, on one line each. */
export function codeOn(page: string): string[] {
  const blocks = [...page.matchAll(fence)].flatMap(([, block = '']) =>
    block.replaceAll(/\\\n\s*/g, ' ').split('\n'),
  );
  const spans = [...page.replaceAll(fence, '').matchAll(/`([^`]+)`/g)].map(([, span = '']) => span);
  return [...blocks, ...spans].map((piece) => piece.replaceAll(/\s*\n\s*/g, ' ').trim());
}

/** The command lines of Forbear among them, as words without `forbear` itself; what is said beside a line is left out. */
export function forbearLines(code: readonly string[]): string[][] {
  return code
    .map((piece) =>
      piece.replace(/^\$ /, '').replace(/^(npm run forbear --|node bin\/forbear\.mjs) /, 'forbear '),
    )
    .filter((piece) => piece.startsWith('forbear '))
    .map((piece) => wordsOf(piece.replace(/( {2,}|\s#| [|>&] ).*$/, '')).slice(1))
    .flatMap(alternatives);
}

/** `policy check|diff` are two. */
function alternatives(words: readonly string[]): string[][] {
  const at = words.findIndex((word) => /^[a-z|-]+$/.test(word) && word.includes('|'));
  return at < 0 ? [[...words]] : (words[at] ?? '').split('|').map((word) => words.with(at, word));
}

const wordsOf = (line: string) => [...line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word);

// Stands for what everybody has to put there, or for more of the same.
const isEllipsis = (word: string) => word === '…' || word === '...';

/** What is wrong with a command line; `null` for one that can be given as it is, once its `…` is filled in. */
export function mistakeIn(words: readonly string[], program: Command): string | null {
  let command = program;
  let rest = [...words];
  while (rest[0] !== undefined && command.commands.length > 0 && !isEllipsis(rest[0])) {
    const child = command.commands.find((one) => one.name() === rest[0]);
    if (child === undefined) return rest[0].startsWith('-') ? null : `there is no command ${rest[0]}`;
    [command, rest] = [child, rest.slice(1)];
  }
  let given = 0;
  while (rest.length > 0) {
    const [word = '', ...others] = rest;
    rest = others;
    if (!word.startsWith('--')) {
      given += 1;
      continue;
    }
    const [name = '', value] = word.split('=', 2);
    const option = command.options.find(({ long }) => long === name);
    if (option === undefined && name !== '--help') return `there is no option ${name}`;
    if (option?.required === true && value === undefined) rest = rest.slice(1);
  }
  const { registeredArguments: wanted } = command;
  const isOpen =
    words.some(isEllipsis) || wanted.some(({ variadic }) => variadic) || command.commands.length > 0;
  return isOpen || given <= wanted.length ? null : `takes ${wanted.length} words, not ${given}`;
}

/** Links of a page that lead to no file of the repository, or to no heading of one. */
export function deadLinks(path: string): string[] {
  const page = readFileSync(path, 'utf8').replaceAll(fence, '');
  const links = [...page.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [file = '', anchor] = link.split('#', 2);
    const target = file === '' ? path : join(dirname(path), file);
    return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
  });
}

/** As GitHub makes them of headings. */
function anchorsOf(path: string): string[] {
  const page = readFileSync(path, 'utf8').replaceAll(fence, '');
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
