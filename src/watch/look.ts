import type { Alert } from '../ports/alerts.js';

/**
 * What one look of the watch has found: alerts for what is wrong, and the kinds of alert of which it can say that there is
 * no other. What could not be looked at is in neither, so that an open alert of it stays open.
 */
export type Look = {
  readonly found: readonly Alert[];
  /** Keys, or what stands before their colon. */
  readonly looked: readonly string[];
};

export const lookOf = (looked: readonly string[], found: readonly (Alert | null)[]): Look => ({
  looked,
  found: found.filter((alert) => alert !== null),
});

export const together = (looks: readonly Look[]): Look => ({
  found: looks.flatMap(({ found }) => found),
  looked: looks.flatMap(({ looked }) => looked),
});
