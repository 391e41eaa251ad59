import type { OpenAPIHono } from '@hono/zod-openapi';
import { html } from 'hono/html';
import { page, type Markup } from './layout.js';

type Document = ReturnType<OpenAPIHono['getOpenAPI31Document']>;

// Of the document only what the page shows; whatever else is in it is left to programs.
type Schema = {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly description?: string;
};
type Parameter = {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: Schema;
};
type Operation = {
  readonly summary?: string;
  readonly description?: string;
  readonly 'x-required-scope'?: string;
  readonly parameters?: readonly Parameter[];
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly description: string;
        readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
      }
    >
  >;
};

/** The API for people, from the same document that programs read. */
export function docsPage(document: Document): Markup {
  const paths = Object.entries(document.paths ?? {}).flatMap(([path, operations]) =>
    Object.entries(operations as Readonly<Record<string, Operation>>).map(([method, operation]) =>
      operationPart(`${method.toUpperCase()} ${path}`, operation),
    ),
  );
  const schemas = Object.entries((document.components?.schemas ?? {}) as Readonly<Record<string, Schema>>);
  return page(
    `${document.info.title}: the API`,
    html`<p>${text(document.info.description)}</p>
      <p class="quiet">For programs: <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1).</p>
      ${paths}
      <h2>Shapes</h2>
      ${schemas.map(([name, schema]) => shapePart(name, schema))}`,
  );
}

function operationPart(
  title: string,
  { summary, description, parameters = [], responses, ...rest }: Operation,
): Markup {
  const scope = rest['x-required-scope'];
  return html`<h2><code>${title}</code></h2>
    <p>
      ${summary}.
      ${text(description)}${scope === undefined ? '' : html` Needs the scope <code>${scope}</code>.`}
    </p>
    ${
      parameters.length === 0
        ? ''
        : html`<dl>
            ${parameters.map(
              ({ name, schema, required, description: words }) =>
                html`<dt><code>${name}</code></dt>
                  <dd>
                    ${typeOf(schema)}${required === true ? '' : html`<span class="quiet">, may be left out</span>`}
                    <span class="hint">${text(words)}</span>
                  </dd>`,
            )}
          </dl>`
    }
    <ul>
      ${Object.entries(responses).map(
        ([status, { description: words, content }]) =>
          html`<li>
            <strong>${status}</strong> ${text(words)}
            ${Object.entries(content ?? {}).map(
              ([media, { schema }]) => html`<span class="hint">${media}: ${typeOf(schema)}</span>`,
            )}
          </li>`,
      )}
    </ul>`;
}

function shapePart(name: string, schema: Schema): Markup {
  const fields = Object.entries(schema.properties ?? {});
  return html`<h2 id="${name}"><code>${name}</code></h2>
    <p>${text(schema.description)} ${fields.length === 0 ? typeOf(schema) : ''}</p>
    ${fields.length === 0 ? '' : fieldsPart(fields)}`;
}

const fieldsPart = (fields: readonly (readonly [string, Schema])[]): Markup =>
  html`<dl>
    ${fields.map(
      ([field, schema]) =>
        html`<dt><code>${field}</code></dt>
          <dd>
            ${typeOf(schema)} <span class="hint">${text(schema.description)}</span>
            ${schema.properties === undefined ? '' : fieldsPart(Object.entries(schema.properties))}
          </dd>`,
    )}
  </dl>`;

/** A type in words: `string`, `Problem`, `"active" or "read_only"`, `list of Account`. */
function typeOf(schema: Schema | undefined): string | Markup {
  if (schema === undefined) return '';
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return html`<a href="#${name}">${name}</a>`;
  }
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  if (schema.items !== undefined) return html`list of ${typeOf(schema.items)}`;
  if (schema.anyOf !== undefined)
    return html`${schema.anyOf.map((one, index) => html`${index === 0 ? '' : ' or '}${typeOf(one)}`)}`;
  return [schema.type ?? 'anything'].flat().join(' or ');
}

/** Text with `code` in backticks. */
const text = (words = ''): Markup =>
  html`${words.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
