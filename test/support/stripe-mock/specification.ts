import { readFileSync } from 'node:fs';

/** A schema as Stripe's specification has them: OpenAPI 3.0, of which Stripe uses no more than this. */
export type Schema = {
  readonly $ref?: string;
  readonly type?: 'array' | 'boolean' | 'integer' | 'number' | 'object' | 'string';
  readonly enum?: readonly unknown[];
  readonly nullable?: boolean;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly 'x-resourceId'?: string;
  readonly 'x-stripeEvent'?: { readonly type: string };
};

type Content = { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
export type Operation = {
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
};

export type Specification = {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

// Both are printed with two blanks a level, so the first brace at the beginning of a line closes the whole.
const beginning = '{\n  "components": {\n    "schemas": {';
const end = '\n}';

/**
 * The specifications that a stripe-mock binary answers from: of the released API, and of the preview, which alone says
 * what object an event holds. Taken from the binary itself, so that no other version of them can be held up instead.
 */
export function readSpecifications(binary: string): { released: Specification; preview: Specification } {
  const bytes = readFileSync(binary);
  const found: Specification[] = [];
  for (let from = bytes.indexOf(beginning); from >= 0; from = bytes.indexOf(beginning, from + 1)) {
    const to = bytes.indexOf(end, from) + end.length;
    found.push(JSON.parse(bytes.toString('utf8', from, to)) as Specification);
  }
  const released = found.find(({ info }) => !info.version.includes('preview'));
  const preview = found.find(({ info }) => info.version.includes('preview'));
  if (released === undefined || preview === undefined)
    throw new Error(`${binary} has no specification of Stripe's API in it: is it a stripe-mock?`);
  return { released, preview };
}

/** The operation that a request is for; of two paths that fit, the one with more words and fewer placeholders. */
export function operationFor(spec: Specification, method: string, path: string): Operation | undefined {
  const asked = path.split('/');
  const placeholders = (pattern: string) => pattern.split('{').length;
  const [best] = Object.entries(spec.paths)
    .filter(([pattern]) => fits(pattern.split('/'), asked))
    .sort(([one], [other]) => placeholders(one) - placeholders(other));
  return best?.[1][method.toLowerCase()];
}

const fits = (pattern: readonly string[], asked: readonly string[]): boolean =>
  pattern.length === asked.length &&
  pattern.every((word, index) => word.startsWith('{') || word === asked[index]);

/** The schema of what an operation answers: on success, or when it fails. */
export function answerSchema({ responses }: Operation, success: boolean): Schema {
  const schema = responses[success ? '200' : 'default']?.content['application/json']?.schema;
  if (schema === undefined) throw new Error('an operation without an answer in JSON');
  return schema;
}

/** The component behind a reference, with its name; any other schema as it is. */
export function resolve(spec: Specification, schema: Schema): { name: string | null; schema: Schema } {
  if (schema.$ref === undefined) return { name: null, schema };
  const name = schema.$ref.replace('#/components/schemas/', '');
  const component = spec.components.schemas[name];
  if (component === undefined) throw new Error(`the specification has no ${name}`);
  return { name, schema: component };
}

/** The schema of the resource that calls itself so in its field `object`, as a deleted one does not. */
export function resourceSchema(spec: Specification, object: string): Schema | undefined {
  return Object.values(spec.components.schemas).find(
    ({ properties }) => properties?.['object']?.enum?.[0] === object && properties['deleted'] === undefined,
  );
}

/** Every type of event that an endpoint can ask for. */
export function eventTypes(spec: Specification): readonly unknown[] {
  const form = spec.paths['/v1/webhook_endpoints']?.['post']?.requestBody?.content;
  const fields = form?.['application/x-www-form-urlencoded']?.schema.properties;
  return fields?.['enabled_events']?.items?.enum ?? [];
}

/** The resource that an event of each type holds, by the name that it gives itself. */
export function eventObjects(spec: Specification): ReadonlyMap<string, unknown> {
  const schemas = Object.values(spec.components.schemas);
  return new Map(
    schemas.flatMap(({ 'x-stripeEvent': event, properties }) => {
      if (event === undefined || properties?.['object'] === undefined) return [];
      const object = resolve(spec, properties['object']).schema;
      return [[event.type, object.properties?.['object']?.enum?.[0]] as const];
    }),
  );
}
