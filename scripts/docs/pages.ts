import { readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { policyJsonSchema } from '../../src/policy/json-schema.js';
import { withTables } from '../../test/support/stripe-mock/docs.js';
import { fieldTable } from './policy-fields.js';

/** A file that is made, or has parts that are made, from the code; `make` is given what stands there now. */
type Page = { readonly path: string; readonly make: (written: string) => string };

export const pages: readonly Page[] = [
  { path: 'docs/policy.md', make: withFields },
  { path: 'docs/stripe-fake.md', make: withTables },
  { path: 'policies/policy.schema.json', make: () => JSON.stringify(policyJsonSchema()) },
];

/** A page as it should be, laid out by Prettier. */
export async function made({ path, make }: Page): Promise<string> {
  const written = readFileSync(path, 'utf8');
  return format(make(written), { ...(await resolveConfig(path)), filepath: path });
}

const fieldParts = /<!-- fields: ([^\n]+) -->\n.*?<!-- end -->/gs;

/** The page with its tables of fields made anew; each stands between two comments, the first of which names its fields. */
function withFields(written: string): string {
  const named = [...written.matchAll(fieldParts)].flatMap(([, names = '']) => names.split(' '));
  return written.replace(
    fieldParts,
    (_whole, names: string) =>
      `<!-- fields: ${names} -->\n\n${fieldTable(names.split(' '), named)}\n\n<!-- end -->`,
  );
}
