import { readFileSync } from 'node:fs';
import { format, getFileInfo, resolveConfig } from 'prettier';
import { forbearFileSchema } from '../../src/forbear-file.js';
import { policyJsonSchema } from '../../src/policy/json-schema.js';
import { loadPolicy } from '../../src/policy/load.js';
import { svgOf } from '../../src/preview/svg.js';
import { timetableOf } from '../../src/preview/timetable.js';
import { withTables } from '../../test/support/stripe-mock/docs.js';
import { metricsTable } from './metrics.js';
import { withIntakeTables } from './intake-tables.js';
import { fieldTable } from './policy-fields.js';

/** A file that is made, or has parts that are made, from the code; `make` is given what stands there now. */
type Page = { readonly path: string; readonly make: (written: string) => string };

export const pages: readonly Page[] = [
  { path: 'docs/policy.md', make: withFields },
  { path: 'docs/monitoring.md', make: withMetrics },
  { path: 'docs/intake.md', make: withIntakeTables },
  { path: 'docs/stripe-fake.md', make: withTables },
  { path: 'docs/pictures/policy-preview.svg', make: previewPicture },
  { path: 'policies/policy.schema.json', make: () => JSON.stringify(policyJsonSchema()) },
  { path: 'forbear.schema.json', make: () => JSON.stringify(forbearFileSchema()) },
];

/** A page as it should be, laid out by Prettier where that knows how. */
export async function made({ path, make }: Page): Promise<string> {
  const text = make(readFileSync(path, 'utf8'));
  const { inferredParser } = await getFileInfo(path);
  return inferredParser === null ? text : format(text, { ...(await resolveConfig(path)), filepath: path });
}

/** What `forbear policy preview policies/hosting.yaml --invoice due=2026-12-01T09:00Z --svg …` draws. */
function previewPicture(): string {
  const due = {
    dueAt: Date.UTC(2026, 11, 1, 9),
    failedAt: null,
    currency: 'usd',
    amountMinor: 100_000,
  };
  return svgOf(timetableOf(loadPolicy('policies/hosting.yaml').policy, [due]), 'UTC');
}

/** The page with its table of metrics made anew, between two comments. */
function withMetrics(written: string): string {
  return written.replace(
    /<!-- metrics -->\n.*?<!-- end -->/s,
    `<!-- metrics -->\n\n${metricsTable()}\n\n<!-- end -->`,
  );
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
