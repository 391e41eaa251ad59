import {
  TemplateError,
  escapeHtml,
  fill,
  namingMistakes,
  parseTemplate,
  type Shape,
  type Template,
  type View,
} from './template.js';

/** A template of a mail's HTML or text, ready to be filled. */
export type Compiled = (view: View) => string;

/** What is wrong with a template, each with its place or placeholder. */
export class CompileError extends Error {
  override readonly name = 'CompileError';
  constructor(readonly mistakes: readonly string[]) {
    super(mistakes.join('; '));
  }
}

/**
 * Compiles mjml to HTML with its placeholders still in it, so that no customer's text is ever read as mjml. Strict: throws
 * `CompileError` with every mistake. Takes about 50 ms, the first time half a second.
 */
export async function compileMjml(source: string, shape: Shape): Promise<Compiled> {
  templateOf(source, shape);
  const html = await htmlOf(source);
  const misplaced = [...lostMistakes(source, html), ...placingMistakes(html, shape)];
  if (misplaced.length > 0) throw new CompileError([...new Set(misplaced)]);
  const compiled = templateOf(html, shape);
  return (view) => fill(compiled, view, escapeHtml);
}

/** Compiles a text with its placeholders; a tag that has a line to itself takes the line with it. */
export function compileText(source: string, shape: Shape): Compiled {
  const template = templateOf(
    source.replaceAll('\r\n', '\n').replace(/^[ \t]*(\{\{[#^/]\w+\}\})[ \t]*\n/gm, '$1'),
    shape,
  );
  return (view) =>
    `${fill(template, view, (text) => text)
      .replace(/\n{3,}/g, '\n\n')
      .trim()}\n`;
}

function templateOf(source: string, shape: Shape): Template {
  try {
    const template = parseTemplate(source);
    const mistakes = namingMistakes(template, shape);
    if (mistakes.length > 0) throw new CompileError([...new Set(mistakes)]);
    return template;
  } catch (error) {
    throw error instanceof TemplateError ? new CompileError([error.message]) : error;
  }
}

async function htmlOf(source: string): Promise<string> {
  // mjml would leave it out in silence.
  if (source.includes('<mj-include'))
    throw new CompileError(['<mj-include> is not supported: a template is one file']);
  // Half a second and 40 MB: loaded by who sends mails, when he sends the first.
  const { default: mjml2html } = await import('mjml');
  try {
    // No fonts: mjml would link those it knows from a server of Google's.
    return (await mjml2html(source, { validationLevel: 'strict', fonts: {}, keepComments: false })).html;
  } catch (error) {
    throw new CompileError(mjmlMistakes(error));
  }
}

function mjmlMistakes(error: unknown): string[] {
  const { errors, message } = error as {
    errors?: { line: number; message: string; tagName: string }[];
    message: string;
  };
  return errors?.map((e) => `line ${e.line}, ${e.tagName}: ${e.message}`) ?? [message];
}

const tags = /\{\{.*?\}\}/gs;
const bare = (tag: string) => tag.replace(/\s/g, '');

/** mjml silently drops text between its own elements. */
function lostMistakes(source: string, html: string): string[] {
  const left = [...html.matchAll(tags)].map(([tag]) => bare(tag));
  return [...source.matchAll(tags)]
    .map(([tag]) => bare(tag))
    .filter((tag) => !left.includes(tag))
    .map((tag) => `${tag} stands between mjml's elements, where it is dropped: put it into <mj-raw>`);
}

const code = /<(style|script)\b[\s\S]*?<\/\1\s*>/gi;
const markup = /<[a-z][^<>]*>/gi;
const wholeAttribute = /\s(href|lang|title|alt|aria-label)="\{\{(\w+)\}\}"/g;

/** Escaping makes a value safe as text, but not in a script, a style, or an attribute that does something. */
function placingMistakes(html: string, shape: Shape): string[] {
  const inCode = [...html.matchAll(code)].flatMap(([block]) => block.match(tags) ?? []);
  const inMarkup = [...html.replace(code, '').matchAll(markup)].flatMap(([tag]) => {
    const rest = tag.replace(wholeAttribute, (whole, attribute: string, name: string) =>
      attribute !== 'href' || addressesIn(shape).includes(name) ? '' : whole,
    );
    return rest.match(tags) ?? [];
  });
  return [
    ...inCode.map((tag) => `${tag} must not stand in a style or script`),
    ...inMarkup.map((tag) => `${tag} must not stand in an attribute: only an address may, as all of an href`),
  ];
}

function addressesIn(shape: Shape): string[] {
  return Object.entries(shape).flatMap(([name, kind]) => {
    if (kind === 'address') return [name];
    return kind === 'text' ? [] : addressesIn(kind);
  });
}
