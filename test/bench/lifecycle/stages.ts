import { and, eq, gte, min } from 'drizzle-orm';
import { inbox } from '../../../src/db/schema.js';
import { workflowIdOf } from '../../../workflows/messages.js';
import type { Life } from '../../support/lives.js';
import type { Ways } from '../../support/stack.js';
import { inPool, quantile } from '../bench.js';
import { typeOf, type Event } from './history.js';

/** A payment and when it was made. */
export type Paid = { readonly life: Life; readonly at: number };

const stages = [
  'event stored',
  'case signalled',
  'look begun',
  'look done',
  'lift begun',
  'lift done',
] as const;

/** How long after its payment each stage on the way to a restored account was reached, as the middle of all. */
export async function stagesOf(ways: Ways, payments: readonly Paid[]): Promise<string> {
  const reached = await inPool(payments.length, 8, (index) => reachedBy(ways, payments[index]!));
  const middles = stages.map((stage, index) => {
    const times = reached.flatMap((times) => times[index] ?? []);
    return `${stage} ${Math.round(quantile(times, 0.5))}`;
  });
  return `milliseconds from the payment, in the middle: ${middles.join(', ')}`;
}

async function reachedBy(ways: Ways, { life, at }: Paid): Promise<(number | undefined)[]> {
  const runs = ways.temporal.workflow.list({ query: `WorkflowId = '${workflowIdOf(life.id)}'` });
  const ended: { readonly runId: string; readonly startTime: Date }[] = [];
  for await (const run of runs) ended.push(run);
  // A payment's second event may have come after the case was closed, and begun another run.
  const [first] = ended.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  const handle = ways.temporal.workflow.getHandle(workflowIdOf(life.id), first?.runId);
  const events = ((await handle.fetchHistory()).events ?? []).filter((event) => timeOf(event) >= at);
  const firstOf = (type: string) => events.find((event) => typeOf(event) === type);
  const scheduled = (name: string) =>
    events.find((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === name)?.eventId;
  const about = (name: string, type: 'Started' | 'Completed') =>
    events.find((event) => {
      const { scheduledEventId } = event[`activityTask${type}EventAttributes`] ?? {};
      return scheduledEventId !== undefined && String(scheduledEventId) === String(scheduled(name));
    });
  const times = [
    await storedAt(ways, { life, at }),
    ...[
      firstOf('workflowExecutionSignaled'),
      about('readFacts', 'Started'),
      about('readFacts', 'Completed'),
      about('liftRestriction', 'Started'),
      about('liftRestriction', 'Completed'),
    ].map((event) => (event === undefined ? undefined : timeOf(event))),
  ];
  return times.map((time) => (time === undefined ? undefined : time - at));
}

/** When the first news of the payment was in the inbox. */
async function storedAt({ db }: Ways, { life, at }: Paid): Promise<number | undefined> {
  const [row] = await db
    .select({ at: min(inbox.receivedAt) })
    .from(inbox)
    .where(and(eq(inbox.account, life.id), gte(inbox.receivedAt, new Date(at))));
  return row?.at?.getTime();
}

function timeOf({ eventTime }: Event): number {
  return Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1_000_000;
}
