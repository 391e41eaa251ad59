import { z } from 'zod';
import { omit, segmentsShape } from './book.js';
import { rulesShape } from './schema.js';

const draft = { target: 'draft-2020-12', io: 'input', unrepresentable: 'any' } as const;

/** The JSON Schema of a policy file, for editors: its shape, not its contradictions, which only `forbear policy check` tells. */
export function policyJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...rules } = z.toJSONSchema(rulesShape, draft) as Fields;
  const fields = rules['properties'] as Fields;
  const { items, ...list } = omit(z.toJSONSchema(segmentsShape, draft), ['$schema']);
  const { properties: own, ...segment } = items as Fields;
  // A segment leaves a step out that the policy has by writing null.
  const properties = { ...nullable(omit(fields, ['name'])), ...(own as Fields) };
  const segments = { ...list, items: { ...segment, properties, additionalProperties: false } };
  return { $schema, title: 'A policy of Forbear', ...rules, properties: { ...fields, segments } };
}

type Fields = Readonly<Record<string, unknown>>;

const nullable = (fields: Fields) =>
  Object.fromEntries(
    Object.entries(fields).map(([key, field]) => [key, { anyOf: [field, { type: 'null' }] }]),
  );
