import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { families } from '../../../src/adapters/prometheus/families.js';
import {
  chartsOf,
  dashboards,
  metricsIn,
  queriesOf,
  selectorsIn,
  type Panel,
} from '../../support/dashboards.js';

type Rule = {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url', string>>;
};
type Tests = {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly unknown[];
    }[];
  }[];
};

const read = (name: string) => readFileSync(name, 'utf8');
const rulesText = read('deploy/prometheus/forbear.rules.yaml');
const { rules } = (parse(rulesText) as { groups: [{ rules: readonly Rule[] }] }).groups[0];
const tries = (parse(read('deploy/prometheus/forbear.rules.test.yaml')) as Tests).tests.flatMap(
  ({ alert_rule_test: all }) => all,
);
const docs = read('docs/monitoring.md');
const known = new Set(families.map(({ name }) => name));

describe('what refers to metrics', () => {
  it.each<readonly [string, string]>([
    ['the rules', rulesText],
    ['the tests of the rules', read('deploy/prometheus/forbear.rules.test.yaml')],
    ['the docs', docs],
    ...dashboards.map(([name, dashboard]) => [name, JSON.stringify(dashboard)] as const),
  ])('names only those that there are: %s', (_, text) => {
    const named = metricsIn(text);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  it('is a table of the docs that has every one of them, with its labels', () => {
    const rows = [...docs.matchAll(/^\| `(forbear_\w+)` +\| (\w+) +\| ([^|]+?) +\|/gm)].map(
      ([, name, kind, labels = '']) => [name, kind, labels.match(/\w+/g) ?? []],
    );
    expect(rows).toEqual(families.map(({ name, kind, labelNames }) => [name, kind, [...labelNames]]));
  });

  it('shows every one of them on a dashboard', () => {
    const shown = new Set(dashboards.flatMap(([, dashboard]) => metricsIn(JSON.stringify(dashboard))));
    expect([...known].filter((name) => !shown.has(name))).toEqual([]);
  });
});

describe('the alert rules', () => {
  it.each(rules.map((rule) => [rule.alert, rule] as const))(
    '%s waits a while, says how urgent it is, what it is and what to do',
    (alert, { for: lasting, labels, annotations }) => {
      expect(lasting).toMatch(/^\d+m$/);
      expect(['page', 'warning']).toContain(labels.severity);
      expect(annotations.summary).toMatch(/^[A-Z]\S+ .*[^.]$/);
      expect(annotations.description).toMatch(/\.$/);
      expect(annotations.runbook_url).toBe(`docs/monitoring.md#${alert.toLowerCase()}`);
      expect(docs).toContain(`\n### ${alert}\n`);
    },
  );

  it('are explained, each and no other', () => {
    const explained = [...docs.matchAll(/^### (\w+)$/gm)].map(([, alert]) => alert);
    expect(explained).toEqual(rules.map(({ alert }) => alert));
  });

  it.each(rules.map(({ alert }) => alert))('%s is tried where it begins and where it is silent', (alert) => {
    const ofThis = tries.filter(({ alertname }) => alertname === alert);
    expect(ofThis.some(({ exp_alerts: expected }) => expected.length > 0)).toBe(true);
    expect(ofThis.some(({ exp_alerts: expected }) => expected.length === 0)).toBe(true);
  });
});

// What Grafana's dashboard-linter asks for (0.2.0): it can't be had everywhere that these tests run.
describe.each(dashboards)('the dashboard %s', (_, dashboard) => {
  const variables = new Map(dashboard.templating.list.map((variable) => [variable.name, variable]));

  it('lets people choose data source, job and instances, and nothing be edited in place', () => {
    expect(dashboard.editable).toBe(false);
    expect(variables.get('datasource')).toMatchObject({
      type: 'datasource',
      query: 'prometheus',
      label: 'Data source',
    });
    for (const [name, label] of [
      ['job', 'Job'],
      ['instance', 'Instance'],
    ] as const) {
      expect(variables.get(name)).toMatchObject({
        type: 'query',
        label,
        multi: true,
        allValue: '.+',
        refresh: 2,
      });
      expect(variables.get(name)?.query).toMatch(/^label_values\(forbear_build_info/);
    }
  });

  it.each(chartsOf(dashboard).map((panel) => [panel.title, panel] as const))(
    'has a description, a unit and the chosen data source: %s',
    (title, panel) => {
      expect(title).not.toBe('');
      expect(panel.description).toMatch(/\.$/);
      expect(['none', 's', 'cps', 'bool_yes_no']).toContain(panel.fieldConfig?.defaults.unit);
      expect(panel.datasource?.uid).toBe('$datasource');
      expect(panel.targets?.map(({ datasource }) => datasource.uid)).toEqual(
        panel.targets?.map(() => '$datasource'),
      );
      expect(panel.targets?.length).toBeGreaterThan(0);
    },
  );

  it.each(queriesOf(dashboard))(
    'asks for the chosen jobs and instances, and counters as rates: %s',
    (query) => {
      const selectors = selectorsIn(query);
      // None without matchers, either.
      expect(metricsIn(query)).toHaveLength(metricsIn(selectors.join(' ')).length);
      expect(selectors.length).toBeGreaterThan(0);
      for (const selector of selectors) {
        expect(selector).toContain('job=~"$job"');
        expect(selector).toContain('instance=~"$instance"');
        const isCounter = /^\w+_(total|bucket|count|sum)\{/.test(selector);
        expect(query.includes(`rate(${selector}[$__rate_interval])`)).toBe(isCounter);
      }
    },
  );

  it('has places of their own for all panels, and ids', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(panels.flatMap((one, n) => panels.slice(n + 1).filter((other) => overlap(one, other)))).toEqual(
      [],
    );
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
  });
});

function overlap({ gridPos: one }: Panel, { gridPos: other }: Panel): boolean {
  const across = one.x < other.x + other.w && other.x < one.x + one.w;
  return across && one.y < other.y + other.h && other.y < one.y + one.h;
}
