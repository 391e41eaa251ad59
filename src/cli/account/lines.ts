import type { z } from 'zod';
import type { ImportLine, ImportProblem, Patch } from '../../db/queries/import.js';
import { contactRoles } from '../../domain/contact.js';
import { fields, problemIn } from './fields.js';
import type { FileRecord } from './records.js';

/** What a file can say of an account. */
export const importFields = [
  'ref',
  'name',
  'customers',
  'billing_email',
  'owner_email',
  'technical_email',
  'other_email',
  'language',
  'time_zone',
  'country',
  'plan',
  'tags',
  'since',
] as const;
export type ImportField = (typeof importFields)[number];

/** Under which name the file has a field, where that is not the field's own. */
export type Mapping = Partial<Record<ImportField, string>>;

const shortNames: Mapping = { customers: 'customer', billing_email: 'email' };

/** The names under which a field is looked for. */
export const namesOf = (field: ImportField, mapping: Mapping): readonly string[] => {
  const mapped = mapping[field];
  const short = shortNames[field];
  if (mapped !== undefined) return [mapped];
  return short === undefined ? [field] : [field, short];
};

const mostInList = 100;

/** An account as the record has it, or everything that is wrong with the record, in one sentence. */
export function toImportLine({ line, values }: FileRecord, mapping: Mapping): ImportLine | ImportProblem {
  const { one, many, problems } = readerOf(values, mapping);
  const ref = one('ref', fields.ref);
  const patch = toPatch({ one, many });
  if (ref === null) problems.push('has no ref: it is the app’s own name of the account');
  return problems.length > 0 || typeof ref !== 'string'
    ? { line, says: problems.join('; ') }
    : { line, ref, patch };
}

function toPatch({ one, many }: Pick<Reader, 'one' | 'many'>): Patch {
  const emails = contactRoles.map((role) => [role, many(`${role}_email`, fields.email)] as const);
  const contacts = defined(Object.fromEntries(emails));
  return defined({
    name: one('name', fields.name) ?? undefined,
    language: one('language', fields.language),
    time_zone: one('time_zone', fields.timeZone),
    country: one('country', fields.country),
    plan: one('plan', fields.plan),
    since: one('since', fields.since),
    tags: many('tags', fields.tag),
    customers: many('customers', fields.customer),
    contacts: Object.keys(contacts).length > 0 ? contacts : undefined,
  });
}

type Reader = ReturnType<typeof readerOf>;

/** Reads fields of a record and gathers what is wrong; `undefined`: nothing is said of it, or nothing that is right. */
function readerOf(values: FileRecord['values'], mapping: Mapping) {
  const problems: string[] = [];
  const right = (field: ImportField, shape: z.ZodType<string>, value: unknown): string[] => {
    const parsed = typeof value === 'string' ? shape.safeParse(value) : null;
    if (parsed?.success === true) return [parsed.data];
    problems.push(`${field} ${shown(value)} ${parsed === null ? 'is no text' : problemIn(parsed)}`);
    return [];
  };
  function one(field: ImportField, shape: z.ZodType<string>): string | null | undefined {
    const said = saidOf(values, namesOf(field, mapping));
    const value = typeof said === 'number' ? String(said) : said;
    if (value === null || value === undefined) return field === 'ref' ? null : value;
    return right(field, shape, value)[0];
  }
  function many(field: ImportField, shape: z.ZodType<string>): readonly string[] | undefined {
    const said = saidOf(values, namesOf(field, mapping));
    if (said === undefined) return undefined;
    const items = itemsOf(said);
    if (items.length > mostInList) problems.push(`${field} has more than ${mostInList} values`);
    const read = items.slice(0, mostInList).flatMap((item) => right(field, shape, item));
    return [...new Set(read)].sort();
  }
  return { one, many, problems };
}

/** What the record says under the first of these names that it has; a name with dots leads into objects. */
function saidOf(values: FileRecord['values'], names: readonly string[]): unknown {
  const found = names.map((name) => at(values, name)).find((value) => value !== undefined);
  return found === '' ? undefined : found;
}

function at(values: FileRecord['values'], name: string): unknown {
  if (Object.hasOwn(values, name)) return values[name];
  return name.split('.').reduce<unknown>((inner, key) => {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, key)) return undefined;
    return (inner as Readonly<Record<string, unknown>>)[key];
  }, values);
}

function itemsOf(value: unknown): readonly unknown[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value;
  return typeof value === 'string' ? value.split(/[\s,;]+/).filter((item) => item !== '') : [value];
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
  return `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`;
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

const defined = <T extends object>(all: T) =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Defined<T>;
