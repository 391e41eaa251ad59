/** What placeholders stand for. A list repeats what is between its tags, and a text that is not there leaves it out. */
export type View = { readonly [name: string]: string | null | readonly View[] };

/**
 * The names that a template may use. `address` is a vetted web address or mail address and may stand in a link; a nested
 * shape is a list.
 */
export type Shape = { readonly [name: string]: 'text' | 'address' | Shape };

export type Template = readonly Part[];
type Part =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'section' | 'unless'; readonly name: string; readonly inside: Template };

/** A template that can't be read. The message says what is wrong with which placeholder. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

const tag = /\{\{(.*?)\}\}/gs;

/**
 * Reads `{{name}}`, `{{#name}}…{{/name}}` for what is repeated or only sometimes there, and `{{^name}}…{{/name}}` for what
 * stands in its place. Throws `TemplateError`.
 */
export function parseTemplate(source: string): Template {
  const open: { kind: 'section' | 'unless'; name: string; inside: Part[] }[] = [
    { kind: 'section', name: '', inside: [] },
  ];
  let end = 0;
  const add = (part: Part) => open.at(-1)?.inside.push(part);
  const addLiteral = (text: string) => text !== '' && add({ kind: 'literal', text });
  for (const { 0: whole, 1: inner = '', index } of source.matchAll(tag)) {
    addLiteral(source.slice(end, index));
    end = index + whole.length;
    const [, sign = '', name] = /^\s*([#^/]?)\s*([A-Za-z]\w*)\s*$/.exec(inner) ?? [];
    if (name === undefined) throw new TemplateError(`${whole} is no placeholder`);
    if (sign === '') add({ kind: 'value', name });
    if (sign === '#' || sign === '^')
      open.push({ kind: sign === '#' ? 'section' : 'unless', name, inside: [] });
    if (sign === '/') {
      const section = open.length > 1 ? open.pop() : undefined;
      if (section === undefined || section.name !== name)
        throw new TemplateError(`{{/${name}}} closes what is not open`);
      add(section);
    }
  }
  addLiteral(source.slice(end));
  if (open.length > 1) throw new TemplateError(`{{#${open.at(-1)?.name}}} is not closed`);
  return open[0]?.inside ?? [];
}

/** Fills a template in one pass: what a value says is never read as a template. */
export function fill(template: Template, view: View, escape: (text: string) => string): string {
  return template
    .map((part) => {
      if (part.kind === 'literal') return part.text;
      const value = view[part.name] ?? null;
      if (part.kind === 'value') return typeof value === 'string' ? escape(value) : '';
      const isThere = value !== null && value.length > 0;
      if (part.kind === 'unless') return isThere ? '' : fill(part.inside, view, escape);
      if (!isThere) return '';
      const items = typeof value === 'string' ? [{}] : value;
      return items.map((item) => fill(part.inside, { ...view, ...item }, escape)).join('');
    })
    .join('');
}

/** Fills a sentence that was checked before. */
export function fillText(source: string, view: View): string {
  return fill(parseTemplate(source), view, (text) => text);
}

/** The placeholders of a template that a shape does not have, or uses otherwise; empty when all is well. */
export function namingMistakes(template: Template, shape: Shape): string[] {
  return template.flatMap((part) => {
    if (part.kind === 'literal') return [];
    const known = Object.hasOwn(shape, part.name) ? shape[part.name] : undefined;
    if (known === undefined)
      return [`unknown placeholder {{${part.kind === 'value' ? '' : '#'}${part.name}}}`];
    if (part.kind !== 'value')
      return namingMistakes(part.inside, typeof known === 'string' ? shape : { ...shape, ...known });
    return typeof known === 'string'
      ? []
      : [`{{${part.name}}} is a list: write {{#${part.name}}} … {{/${part.name}}}`];
  });
}

/** Every name that a template uses, in sections and outside. */
export function namesIn(template: Template): string[] {
  return template.flatMap((part) => {
    if (part.kind === 'literal') return [];
    return part.kind === 'value' ? [part.name] : [part.name, ...namesIn(part.inside)];
  });
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For text and for attributes between quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
