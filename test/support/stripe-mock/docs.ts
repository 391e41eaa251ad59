import { differences, mockVersion, type Justified } from '../../contract/stripe-mock/differences.js';
import { routes } from '../../../src/stripe-fake/routes/index.js';

/** What the fake has got: each path with the methods that it answers. */
function operations(): string[][] {
  const methods = new Map<string, string[]>();
  for (const { method, path } of routes) methods.set(path, [...(methods.get(path) ?? []), method]);
  return [...methods].sort().map(([path, names]) => [`\`${path}\``, names.sort().join(' ')]);
}

const words: Readonly<Record<Justified['is'], string>> = {
  unknown: 'the specification has no such field',
  missing: 'required, and missing',
  null: 'null, and never null at Stripe',
  type: 'of another type',
  value: 'a value that Stripe does not list',
  absent: 'never there',
  kind: 'shown in another way',
  unraised: 'an event that is never raised',
};

function reasonOf(difference: Justified): string {
  if (difference.because === 'newer')
    return `newer than ${mockVersion}: came with stripe ${difference.release}`;
  const { because, why } = difference;
  return because === 'package' ? `in Stripe's package, not in its public specification: ${why}` : why;
}

const tables: Readonly<Record<string, () => string>> = {
  operations: () => table(['path', 'methods'], operations()),
  differences: () =>
    table(
      ['what', 'the fake', 'why'],
      differences.map((difference) => [`\`${difference.at}\``, words[difference.is], reasonOf(difference)]),
    ),
};

/** The page with its tables made anew; each stands between two comments that name it. */
export function withTables(page: string): string {
  return page.replace(
    /(<!-- table: (\w+) -->\n).*?(\n<!-- end -->)/gs,
    (_whole, before: string, name: string, after: string) => `${before}\n${tables[name]?.() ?? ''}\n${after}`,
  );
}

/** As Prettier writes it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, at) => (cells[at] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
