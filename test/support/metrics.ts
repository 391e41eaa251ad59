import { createMetrics, type Metrics } from '../../src/adapters/prometheus/metrics.js';
import { typesActedOn } from '../../src/dispatcher/classify.js';
import type { Situation } from '../../src/ports/situation.js';

/** An installation of which nothing is known but that nothing waits. */
export const calm: Situation = {
  pending: [],
  dead: 0,
  unmatchedCustomers: 0,
  roundSeconds: null,
  sightedSeconds: null,
  alerts: {},
  cases: {},
};

/** The metrics of one process, over an installation that stands as `read` says. */
export function someMetrics(read: () => Promise<Situation> = () => Promise.resolve(calm)): Metrics {
  return createMetrics({ types: typesActedOn, version: '1.2.3', readSituation: read });
}

/** Prometheus' text as a map from each series, as it is written there, to its value. */
export function seriesIn(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

export async function seriesOf(metrics: Metrics): Promise<Map<string, number>> {
  return seriesIn((await metrics.render()).text);
}
