import type { Client } from '@temporalio/client';
import { workflowIdOf } from '../../../workflows/messages.js';
import type { AccountId } from '../../../src/domain/ids.js';

type Counts = Readonly<Record<string, number>>;

/** What one run has written into its history, and what Temporal Cloud would bill of it. */
export type Tally = {
  readonly events: number;
  /** As the server counts them. */
  readonly bytes: number;
  readonly eventsByType: Counts;
  /** Only of what we put into events; the rest of an event's size is the server's. */
  readonly payloadBytesByType: Counts;
  readonly actions: Counts;
};

type History = NonNullable<
  Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>['events']
>;
export type Event = History[number];

export async function tallyOf(client: Client, account: AccountId, runId: string): Promise<Tally> {
  const handle = client.workflow.getHandle(workflowIdOf(account), runId);
  const { historyLength, historySize = NaN } = await handle.describe();
  const events = (await handle.fetchHistory()).events ?? [];
  const types = events.map(typeOf);
  return {
    events: historyLength,
    bytes: historySize,
    eventsByType: sumBy(types.map((type) => [type, 1])),
    payloadBytesByType: sumBy(events.map((event) => [typeOf(event), payloadBytesIn(event)])),
    actions: actionsIn(events),
  };
}

export const totalOf = (counts: Counts): number => Object.values(counts).reduce((sum, n) => sum + n, 0);

/** `name: number` for each, the largest first. */
export const listed = (counts: Counts): string =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

const attributesEnding = 'EventAttributes';

export function typeOf(event: Event): string {
  const filled = Object.entries(event).find(
    ([key, value]) => key.endsWith(attributesEnding) && value !== null,
  );
  return filled?.[0].slice(0, -attributesEnding.length) ?? 'unknown';
}

function sumBy(entries: readonly (readonly [string, number])[]): Counts {
  const sums: Record<string, number> = {};
  for (const [key, count] of entries) sums[key] = (sums[key] ?? 0) + count;
  return sums;
}

/** The bytes of all payloads inside. */
function payloadBytesIn(value: unknown): number {
  if (value instanceof Uint8Array) return value.byteLength;
  if (value === null || typeof value !== 'object') return 0;
  return Object.values(value).reduce((sum: number, inner) => sum + payloadBytesIn(inner), 0);
}

/**
 * Billable actions by kind (https://docs.temporal.io/cloud/actions): a signal that starts its workflow is one with the
 * start; every try of an activity is one; the local activities of a workflow task are one. Heartbeats leave no event.
 */
function actionsIn(events: History): Counts {
  const of = (type: string) => events.filter((event) => typeOf(event) === type);
  const tries = of('activityTaskStarted').map(
    (event) => event.activityTaskStartedEventAttributes?.attempt ?? 1,
  );
  const markers = of('markerRecorded').map((event) =>
    String(event.markerRecordedEventAttributes?.workflowTaskCompletedEventId),
  );
  return {
    'start with its signal': of('workflowExecutionStarted').length,
    'further signals': Math.max(0, of('workflowExecutionSignaled').length - 1),
    timers: of('timerStarted').length,
    activities: tries.reduce((sum, n) => sum + n, 0),
    'workflow tasks with local activities': new Set(markers).size,
    'search attribute upserts': of('upsertWorkflowSearchAttributes').length,
    updates: of('workflowExecutionUpdateAccepted').length,
  };
}
