import { describe, expect, it } from 'vitest';
import { families } from '../../../src/adapters/prometheus/families.js';
import type { Situation } from '../../../src/ports/situation.js';
import { calm, seriesIn, seriesOf, someMetrics } from '../../support/metrics.js';

const ours = (series: Map<string, number>) =>
  [...series.keys()].filter((name) => name.startsWith('forbear_'));

/** Of which metrics there are series. */
const namesIn = (series: Map<string, number>) =>
  new Set(ours(series).map((one) => one.replace(/\{.*/, '').replace(/_(bucket|sum|count)$/, '')));

const everything: Situation = {
  pending: [{ type: 'invoice.paid', events: 3, oldestSeconds: 12.5 }],
  dead: 2,
  unmatchedCustomers: 4,
  roundSeconds: 61,
  sightedSeconds: 0,
  alerts: { page: 1 },
  cases: { paused: 7 },
};

describe('what an intake counts', () => {
  it('is by type and outcome, and by the secret that a delivery was signed with', async () => {
    const metrics = someMetrics();
    metrics.intake.committed('invoice.paid', 'new', 'abcd1234');
    metrics.intake.committed('invoice.paid', 'duplicate', 'abcd1234');
    metrics.intake.committed('invoice.paid', 'new', null);
    metrics.intake.refused('signature_mismatch');
    metrics.intake.turnedAway('not_stored');
    metrics.intake.acknowledgedIn(30);
    const series = await seriesOf(metrics);
    expect(series.get('forbear_intake_events_total{type="invoice.paid",outcome="new"}')).toBe(2);
    expect(series.get('forbear_intake_events_total{type="invoice.paid",outcome="duplicate"}')).toBe(1);
    expect(series.get('forbear_intake_signed_total{secret="abcd1234"}')).toBe(2);
    expect(series.get('forbear_intake_refused_total{reason="signature_mismatch"}')).toBe(1);
    expect(series.get('forbear_intake_turned_away_total{why="not_stored"}')).toBe(1);
    expect(series.get('forbear_intake_acknowledge_seconds_bucket{le="0.025"}')).toBe(0);
    expect(series.get('forbear_intake_acknowledge_seconds_bucket{le="0.05"}')).toBe(1);
    expect(series.get('forbear_intake_acknowledge_seconds_sum')).toBeCloseTo(0.03);
  });

  it('is there from the start, at 0: an alert has to see the first one that was not stored', async () => {
    const series = await seriesOf(someMetrics());
    expect(series.get('forbear_intake_turned_away_total{why="not_stored"}')).toBe(0);
    expect(series.get('forbear_intake_refused_total{reason="cut_off"}')).toBe(0);
    expect(series.get('forbear_intake_events_total{type="other",outcome="new"}')).toBe(0);
    expect(series.get('forbear_dispatch_postponed_total{why="failed"}')).toBe(0);
  });

  it('has no more series after ten thousand types that somebody made up', async () => {
    const metrics = someMetrics();
    const before = ours(await seriesOf(metrics));
    for (let n = 0; n < 10_000; n += 1) metrics.intake.committed(`made.up.${n}`, 'new', null);
    const series = await seriesOf(metrics);
    expect(ours(series)).toEqual(before);
    expect(series.get('forbear_intake_events_total{type="other",outcome="new"}')).toBe(10_000);
  });

  it('is each process’s own', async () => {
    const [one, another] = [someMetrics(), someMetrics()];
    one.intake.refused('too_large');
    expect((await seriesOf(another)).get('forbear_intake_refused_total{reason="too_large"}')).toBe(0);
  });
});

describe('what a dispatcher counts', () => {
  it('is in events, by what became of them', async () => {
    const metrics = someMetrics();
    metrics.dispatch.dispatched('signalled', 5);
    metrics.dispatch.postponed('coalesced', 2);
    metrics.dispatch.dead(1);
    const series = await seriesOf(metrics);
    expect(series.get('forbear_dispatch_events_total{outcome="signalled"}')).toBe(5);
    expect(series.get('forbear_dispatch_postponed_total{why="coalesced"}')).toBe(2);
    expect(series.get('forbear_dispatch_dead_total')).toBe(1);
  });
});

describe('what is read from Postgres', () => {
  it('has every metric that the docs name, and no other', async () => {
    const metrics = someMetrics(() => Promise.resolve(everything));
    metrics.intake.committed('invoice.paid', 'new', 'abcd1234');
    expect(namesIn(await seriesOf(metrics))).toEqual(new Set(families.map(({ name }) => name)));
  });

  it('tells what waits, what is dead and what is open', async () => {
    const series = await seriesOf(someMetrics(() => Promise.resolve(everything)));
    expect(series.get('forbear_postgres_up')).toBe(1);
    expect(series.get('forbear_inbox_pending{type="invoice.paid"}')).toBe(3);
    expect(series.get('forbear_inbox_oldest_pending_seconds{type="invoice.paid"}')).toBe(12.5);
    expect(series.get('forbear_inbox_pending{type="invoice.voided"}')).toBe(0);
    expect(series.get('forbear_inbox_dead')).toBe(2);
    expect(series.get('forbear_inbox_unmatched_customers')).toBe(4);
    expect(series.get('forbear_alerts_open{severity="page"}')).toBe(1);
    expect(series.get('forbear_alerts_open{severity="warning"}')).toBe(0);
    expect(series.get('forbear_cases_open{stage="paused"}')).toBe(7);
    expect(series.get('forbear_cases_open{stage="watching"}')).toBe(0);
    expect(series.get('forbear_watch_sighted_age_seconds')).toBe(0);
  });

  it('adds up what waits of types that have no series of their own, and tells the oldest of them', async () => {
    const pending = [
      { type: 'made.up', events: 2, oldestSeconds: 30 },
      { type: 'another', events: 5, oldestSeconds: 10 },
    ];
    const series = await seriesOf(someMetrics(() => Promise.resolve({ ...calm, pending })));
    expect(series.get('forbear_inbox_pending{type="other"}')).toBe(7);
    expect(series.get('forbear_inbox_oldest_pending_seconds{type="other"}')).toBe(30);
  });

  it('has no age of what never was, and nothing that is not a number', async () => {
    const { text } = await someMetrics().render();
    expect(text).not.toMatch(/forbear_watch_\w+ /);
    const series = seriesIn(text);
    expect(ours(series).filter((name) => Number.isNaN(series.get(name)))).toEqual([]);
  });

  it('is left out while Postgres is away, and everything else is there', async () => {
    let isAway = false;
    const metrics = someMetrics(() =>
      isAway ? Promise.reject(new Error('no answer')) : Promise.resolve(everything),
    );
    await metrics.render();
    isAway = true;
    metrics.intake.turnedAway('not_stored');
    const series = await seriesOf(metrics);
    expect(series.get('forbear_postgres_up')).toBe(0);
    expect(ours(series).filter((name) => /^forbear_(inbox|watch|alerts|cases)/.test(name))).toEqual([]);
    expect(series.get('forbear_intake_turned_away_total{why="not_stored"}')).toBe(1);
    expect(series.get('forbear_build_info{version="1.2.3"}')).toBe(1);
    expect([...series.keys()].some((name) => name.startsWith('process_cpu_'))).toBe(true);
  });
});

describe('the text', () => {
  it('has each metric once, with what it tells, and ends with a line', async () => {
    const metrics = someMetrics(() => Promise.resolve(everything));
    const { text, contentType } = await metrics.render();
    const told = [...text.matchAll(/^# HELP (\S+) (.+)$/gm)].map(([, name]) => name);
    expect(new Set(told).size).toBe(told.length);
    families.forEach(({ name, help }) => expect(text).toContain(`# HELP ${name} ${help}\n`));
    expect(text.endsWith('\n')).toBe(true);
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  });
});
