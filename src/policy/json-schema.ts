import { z } from 'zod';
import { omit } from './book.js';
import { rulesShape } from './schema.js';
import { whenShape } from './segments.js';

const draft = { target: 'draft-2020-12', io: 'input', unrepresentable: 'any' } as const;

/** The JSON Schema of a policy file, for editors: its shape, not its contradictions, which only `forbear policy check` tells. */
export function policyJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...rules } = z.toJSONSchema(rulesShape, draft) as Fields;
  const when = omit(z.toJSONSchema(whenShape, draft), ['$schema']);
  const fields = rules['properties'] as Fields;
  const name = { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,39}$' };
  const segment = {
    type: 'object',
    // A segment leaves a step out that the policy has by writing null.
    properties: { ...nullable(fields), name, when },
    required: ['name', 'when'],
    additionalProperties: false,
  };
  const segments = { type: 'array', items: segment, maxItems: 50 };
  return { $schema, title: 'A policy of Forbear', ...rules, properties: { ...fields, segments } };
}

type Fields = Readonly<Record<string, unknown>>;

const nullable = (fields: Fields) =>
  Object.fromEntries(
    Object.entries(fields).map(([key, field]) => [key, { anyOf: [field, { type: 'null' }] }]),
  );
