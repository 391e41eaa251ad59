import { policyJsonSchema } from '../../src/policy/json-schema.js';

/** What the JSON Schema of policies says of a field, as far as a reader of the page wants to know. */
type Field = {
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly anyOf?: readonly Field[];
  readonly items?: Field;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly properties?: Readonly<Record<string, Field>>;
  readonly required?: readonly string[];
};

type Row = {
  readonly path: string;
  readonly form: string;
  readonly fallback: string;
  readonly meaning: string;
};

/** The fields of a policy file by their names, in the order of the schema. */
const policyFields = () => policyJsonSchema() as Field;

/**
 * A table of the fields that `wanted` names, each with the fields in it; `*` stands for all that `named` does not have. Throws
 * for a name that is no field, and for a field without a description.
 */
export function fieldTable(wanted: readonly string[], named: readonly string[]): string {
  const { properties = {}, required = [] } = policyFields();
  const names = wanted.flatMap((name) =>
    name === '*' ? Object.keys(properties).filter((field) => !named.includes(field)) : [name],
  );
  const rows = names.flatMap((name) => {
    const field = properties[name];
    if (field === undefined) throw new Error(`a policy has no field ${name}`);
    return rowsOf(name, field, required.includes(name));
  });
  return [
    '| field | form | default | meaning, and what follows from it |',
    '| --- | --- | --- | --- |',
    ...rows.map(
      ({ path, form, fallback, meaning }) => `| \`${path}\` | ${form} | ${fallback} | ${meaning} |`,
    ),
  ].join('\n');
}

function rowsOf(path: string, field: Field, isRequired: boolean): Row[] {
  const { description, items } = field;
  if (description === undefined)
    throw new Error(`${path} has no description: say in its shape what it means`);
  const row = { path, form: formOf(field), fallback: fallbackOf(field, isRequired), meaning: description };
  const inner = items?.properties === undefined ? field : items;
  const prefix = inner === items ? `${path}[].` : `${path}.`;
  const { properties = {}, required = [] } = inner;
  const own = Object.entries(properties).filter(([, one]) => !isRepeated(one));
  return [row, ...own.flatMap(([name, one]) => rowsOf(prefix + name, one, required.includes(name)))];
}

/** A field of the policy that a segment may have, too. */
const isRepeated = ({ anyOf = [] }: Field) => anyOf.some(({ type }) => type === 'null');

const code = (text: string) => `\`${text}\``;

function fallbackOf(field: Field, isRequired: boolean): string {
  if (isRequired) return 'required';
  if (field.default === undefined) return '–';
  return code(typeof field.default === 'string' ? field.default : JSON.stringify(field.default));
}

function formOf(field: Field): string {
  if (field.title !== undefined) return field.title;
  if (field.enum !== undefined) return field.enum.map(code).join(', ');
  if (field.const !== undefined) return code(field.const);
  if (field.anyOf !== undefined) return field.anyOf.map(formOf).join(', or ');
  if (field.type === 'boolean') return '`true`, `false`';
  if (field.type === 'number') return numberOf(field);
  if (field.type === 'array') return listOf(field);
  if (field.type === 'object') return 'fields';
  if (field.type === 'string') return textOf(field);
  throw new Error(`there are no words yet for a field of the type ${field.type}`);
}

const numberOf = ({ exclusiveMinimum: above, exclusiveMaximum: below }: Field) =>
  above === undefined || below === undefined ? 'number' : `number between ${above} and ${below}`;

function listOf({ items = {}, minItems = 0, maxItems }: Field): string {
  const size =
    maxItems === undefined ? '' : minItems === 0 ? `up to ${maxItems}` : `${minItems} to ${maxItems}`;
  const list = size === '' ? 'list' : `list of ${size}`;
  return items.properties === undefined ? `${list}: ${formOf(items)}` : list;
}

function textOf({ format, maxLength }: Field): string {
  if (format === 'email') return 'mail address';
  if (format === 'uri') return 'address of a page';
  return maxLength === undefined ? 'text' : `text of up to ${maxLength} characters`;
}
