import { resolve, type Schema, type Specification } from './specification.js';

export type JsonKind = 'array' | 'boolean' | 'null' | 'number' | 'object' | 'string';

/**
 * What is wrong with an answer, seen from the specification: a field that it doesn't know, a required one that is missing,
 * `null` where nothing is ever null, another type, or a value that is none of those it lists.
 */
export type Violation = {
  /** `resource.field.field`, beginning with the innermost resource that the specification knows by name. */
  readonly at: string;
  readonly is: 'unknown' | 'missing' | 'null' | 'type' | 'value';
  readonly value?: string;
};

export type Held = {
  readonly violations: readonly Violation[];
  /** Every field that was there, and what it was. */
  readonly seen: ReadonlyMap<string, ReadonlySet<JsonKind>>;
};

type Findings = { readonly violations: Violation[]; readonly seen: Map<string, Set<JsonKind>> };

/** Holds a value to a schema of the specification. */
export function hold(spec: Specification, schema: Schema, value: unknown, at: string): Held {
  const findings: Findings = { violations: [], seen: new Map() };
  walk({ spec, findings }, schema, value, at);
  return findings;
}

type Walk = { readonly spec: Specification; readonly findings: Findings };

function walk(on: Walk, from: Schema, value: unknown, above: string): void {
  const { name, schema } = resolve(on.spec, from);
  const at = name !== null && schema['x-resourceId'] !== undefined ? name : above;
  const kind = kindOf(value);
  const seen = on.findings.seen.get(at) ?? new Set();
  on.findings.seen.set(at, seen.add(kind));
  if (kind === 'null') {
    if (from.nullable !== true && schema.nullable !== true) on.findings.violations.push({ at, is: 'null' });
    return;
  }
  if (schema.anyOf !== undefined) return walkBest(on, schema.anyOf, value, at);
  if (schema.type !== undefined && !isOf(schema.type, value)) {
    on.findings.violations.push({ at, is: 'type', value: `${kind} instead of ${schema.type}` });
    return;
  }
  const listed = schema.enum === undefined || schema.enum.includes(value);
  const tooLong = typeof value === 'string' && value.length > (schema.maxLength ?? Infinity);
  const strange = typeof value === 'string' && !new RegExp(schema.pattern ?? '').test(value);
  if (!listed || tooLong || strange) {
    on.findings.violations.push({ at, is: 'value', value: JSON.stringify(value).slice(0, 80) });
  }
  if (Array.isArray(value)) {
    for (const item of value) walk(on, schema.items ?? {}, item, `${at}[]`);
  } else if (isObject(value)) walkFields(on, schema, value, at);
}

function walkFields(on: Walk, schema: Schema, value: Readonly<Record<string, unknown>>, at: string): void {
  const { properties = {}, required = [], additionalProperties: others } = schema;
  for (const name of required) {
    if (!(name in value)) on.findings.violations.push({ at: `${at}.${name}`, is: 'missing' });
  }
  const isOpen = others === true || (schema.properties === undefined && others === undefined);
  for (const [name, field] of Object.entries(value)) {
    const known = properties[name];
    if (known !== undefined) walk(on, known, field, `${at}.${name}`);
    else if (typeof others === 'object') walk(on, others, field, `${at}.*`);
    else if (!isOpen) on.findings.violations.push({ at: `${at}.${name}`, is: 'unknown' });
  }
}

/** Of several schemas the one that fits best; among resources only the one that the value says it is. */
function walkBest(on: Walk, choices: readonly Schema[], value: unknown, at: string): void {
  const fitting = choices.filter((choice) => isNamed(resolve(on.spec, choice).schema, value));
  const tried = (fitting.length > 0 ? fitting : choices).map((choice) => hold(on.spec, choice, value, at));
  const [best] = tried.sort((one, other) => one.violations.length - other.violations.length);
  on.findings.violations.push(...(best?.violations ?? []));
  for (const [where, kinds] of best?.seen ?? []) {
    const seen = on.findings.seen.get(where) ?? new Set();
    on.findings.seen.set(where, new Set([...seen, ...kinds]));
  }
}

function isNamed({ properties, type }: Schema, value: unknown): boolean {
  if (!isObject(value)) return type === kindOf(value);
  const agrees = (field: string) => {
    const listed = properties?.[field]?.enum;
    return listed === undefined ? field !== 'deleted' || !(field in value) : listed.includes(value[field]);
  };
  return properties !== undefined && agrees('object') && agrees('deleted');
}

function isOf(type: NonNullable<Schema['type']>, value: unknown): boolean {
  return type === 'integer' ? Number.isInteger(value) : type === kindOf(value);
}

function kindOf(value: unknown): JsonKind {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  const kind = typeof value;
  if (kind === 'boolean' || kind === 'number' || kind === 'string') return kind;
  return 'object';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return kindOf(value) === 'object';
}
