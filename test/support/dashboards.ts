import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Target = { readonly expr: string; readonly datasource: { readonly uid: string } };
export type Panel = {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
};
type Variable = {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly query: string;
  readonly refresh: number;
  readonly multi: boolean;
  readonly allValue?: string;
};
export type Dashboard = {
  readonly uid: string;
  readonly title: string;
  readonly editable: boolean;
  readonly templating: { readonly list: readonly Variable[] };
  readonly panels: readonly Panel[];
};

const folder = 'deploy/grafana';

/** Every dashboard that is delivered, with its file's name. */
export const dashboards: readonly (readonly [string, Dashboard])[] = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => [name, JSON.parse(readFileSync(join(folder, name), 'utf8')) as Dashboard]);

/** Those that show something, and are no heading. */
export const chartsOf = ({ panels }: Dashboard) => panels.filter(({ type }) => type !== 'row');

export const queriesOf = (dashboard: Dashboard) =>
  chartsOf(dashboard).flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** What a query asks for: every metric in it with its matchers, such as `up{job=~"$job"}`. */
export const selectorsIn = (query: string) => query.match(/\b[a-z]\w*\{[^}]*\}/g) ?? [];

/** Every metric of Forbear that a text names, as it is called where it is defined. */
export const metricsIn = (text: string): string[] =>
  [...text.matchAll(/\bforbear_[a-z_]+\b/g)].map(([name]) =>
    name.replace(/(_seconds)_(bucket|sum|count)$/, '$1'),
  );
