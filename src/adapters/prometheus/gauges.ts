import { Gauge, Registry } from 'prom-client';
import type { Situation } from '../../ports/situation.js';
import { openStages, severities, shared } from './families.js';
import type { TypeLabels } from './types.js';

/**
 * What is read from Postgres, as Prometheus' text; `null`: it did not answer. Made anew each time, so that no series
 * outlives what it tells of.
 */
export function situationText(situation: Situation | null, types: TypeLabels): Promise<string> {
  const registry = new Registry();
  const registers = [registry];
  const gauge = <Label extends string>(family: Config<Label>) => new Gauge<Label>({ ...family, registers });
  gauge(shared.postgres).set(situation === null ? 0 : 1);
  if (situation !== null) {
    const pending = gauge(shared.pending);
    const oldest = gauge(shared.oldest);
    for (const [type, { events, oldestSeconds }] of byLabel(situation.pending, types)) {
      pending.set({ type }, events);
      oldest.set({ type }, oldestSeconds);
    }
    gauge(shared.dead).set(situation.dead);
    gauge(shared.unmatched).set(situation.unmatchedCustomers);
    // One that was never there has no age: neither 0 nor NaN would be true.
    if (situation.roundSeconds !== null) gauge(shared.round).set(situation.roundSeconds);
    if (situation.sightedSeconds !== null) gauge(shared.sighted).set(situation.sightedSeconds);
    const alerts = gauge(shared.alerts);
    severities.forEach((severity) => alerts.set({ severity }, situation.alerts[severity] ?? 0));
    const cases = gauge(shared.cases);
    openStages.forEach((stage) => cases.set({ stage }, situation.cases[stage] ?? 0));
  }
  return registry.metrics();
}

type Config<Label extends string> = {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
};

type Waiting = { readonly events: number; readonly oldestSeconds: number };

/** Every label, also those of which nothing waits. */
function byLabel(pending: Situation['pending'], types: TypeLabels): Map<string, Waiting> {
  const waiting = new Map<string, Waiting>(
    types.all.map((label) => [label, { events: 0, oldestSeconds: 0 }]),
  );
  for (const { type, events, oldestSeconds } of pending) {
    const label = types.of(type);
    const before = waiting.get(label) ?? { events: 0, oldestSeconds: 0 };
    waiting.set(label, {
      events: before.events + events,
      oldestSeconds: Math.max(before.oldestSeconds, oldestSeconds),
    });
  }
  return waiting;
}
