import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { DispatchMeter, IntakeMeter } from '../../ports/meters.js';
import type { Situation } from '../../ports/situation.js';
import { counted, dispatchOutcomes, outcomes, postponements, reasons, turnings } from './families.js';
import { situationText } from './gauges.js';
import { typeLabels, type TypeLabels } from './types.js';

export type MetricsSources = {
  /** The types of event that have a series of their own. */
  readonly types: readonly string[];
  readonly version: string;
  /** Rejects when the database doesn't answer in time. */
  readonly readSituation: () => Promise<Situation>;
};

export type Metrics = {
  readonly intake: IntakeMeter;
  readonly dispatch: DispatchMeter;
  /** Everything in Prometheus' text format, also while the database is away. */
  render(): Promise<{ readonly text: string; readonly contentType: string }>;
};

// From a lone insert on a quiet machine to Stripe's patience: what is slower than 10 s might as well not have been answered.
const acknowledgeBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10];

/** The metrics of one process: what it counts itself, what Node tells of it, and what is read from Postgres. */
export function createMetrics({ types, version, readSituation }: MetricsSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({ ...counted.build, registers: [registry] }).set({ version }, 1);
  const labels = typeLabels(types);
  const intake = intakeMeter(registry, labels);
  const dispatch = dispatchMeter(registry);
  return {
    intake,
    dispatch,
    async render() {
      const situation = await readSituation().catch(() => null);
      const texts = await Promise.all([registry.metrics(), situationText(situation, labels)]);
      return { text: texts.join('\n'), contentType: registry.contentType };
    },
  };
}

function intakeMeter(registry: Registry, types: TypeLabels): IntakeMeter {
  const registers = [registry];
  const events = new Counter({ ...counted.events, registers });
  const signed = new Counter({ ...counted.signed, registers });
  const refused = new Counter({ ...counted.refused, registers });
  const turnedAway = new Counter({ ...counted.turnedAway, registers });
  const buckets = acknowledgeBuckets;
  const acknowledged = new Histogram({ ...counted.acknowledged, buckets, registers });
  types.all.forEach((type) => outcomes.forEach((outcome) => events.inc({ type, outcome }, 0)));
  reasons.forEach((reason) => refused.inc({ reason }, 0));
  turnings.forEach((why) => turnedAway.inc({ why }, 0));
  return {
    committed(type, outcome, secret) {
      events.inc({ type: types.of(type), outcome });
      if (secret !== null) signed.inc({ secret });
    },
    refused: (reason) => refused.inc({ reason }),
    turnedAway: (why) => turnedAway.inc({ why }),
    acknowledgedIn: (ms) => acknowledged.observe(ms / 1_000),
  };
}

function dispatchMeter(registry: Registry): DispatchMeter {
  const registers = [registry];
  const dispatched = new Counter({ ...counted.dispatched, registers });
  const postponed = new Counter({ ...counted.postponed, registers });
  const died = new Counter({ ...counted.died, registers });
  dispatchOutcomes.forEach((outcome) => dispatched.inc({ outcome }, 0));
  postponements.forEach((why) => postponed.inc({ why }, 0));
  return {
    dispatched: (outcome, count) => dispatched.inc({ outcome }, count),
    postponed: (why, count) => postponed.inc({ why }, count),
    dead: (count) => died.inc(count),
  };
}
