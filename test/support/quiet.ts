import { setTimeout as sleep } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';

export type HistoryEvents = NonNullable<
  Awaited<
    ReturnType<ReturnType<TestWorkflowEnvironment['client']['workflow']['getHandle']>['fetchHistory']>
  >['events']
>;

type HistoryEvent = HistoryEvents[number];

/** Every workflow task and every activity has its end in the history, and no timer is about to fire at `now`. */
export function isQuiet(events: HistoryEvents, now: number): boolean {
  const open = events.reduce((count, event) => {
    if (event.workflowTaskScheduledEventAttributes ?? event.activityTaskScheduledEventAttributes)
      return count + 1;
    const ended =
      event.workflowTaskCompletedEventAttributes ??
      event.workflowTaskFailedEventAttributes ??
      event.workflowTaskTimedOutEventAttributes ??
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskTimedOutEventAttributes ??
      event.activityTaskCanceledEventAttributes;
    return ended ? count - 1 : count;
  }, 0);
  if (events.some((event) => event.workflowExecutionCompletedEventAttributes)) return true;
  return open === 0 && !events.some((event) => isAboutToFire(event, events, now));
}

const momentMs = 500;

/**
 * A case that looks again in a moment has not come to rest: a message that meets this look would cancel it, and this
 * server loses the workflow's answer when it cancels a timer that is due just then.
 */
function isAboutToFire(event: HistoryEvent, events: HistoryEvents, now: number): boolean {
  const { timerStartedEventAttributes: timer, eventTime } = event;
  if (!timer || millisecondsOf(eventTime) + millisecondsOf(timer.startToFireTimeout) > now + momentMs)
    return false;
  return !events.some(({ timerFiredEventAttributes: fired, timerCanceledEventAttributes: canceled }) =>
    [fired?.timerId, canceled?.timerId].includes(timer.timerId ?? undefined),
  );
}

function millisecondsOf(time: HistoryEvent['eventTime']): number {
  return Number(time?.seconds ?? 0) * 1_000 + (time?.nanos ?? 0) / 1e6;
}

const lookEveryMs = 20;

/** Looks again and again until something has come true in the other processes; then `tell` says what was there instead. */
export async function until(
  isTrue: () => boolean | Promise<boolean>,
  patienceMs = 20_000,
  tell: () => string | Promise<string> = () => isTrue.toString(),
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!(await isTrue())) {
    if (Date.now() > deadline)
      throw new Error(`still not true after ${patienceMs / 1000} s: ${await tell()}`);
    await sleep(lookEveryMs);
  }
}

const lastTold = 15;

/** The last events in a line, for the message of a failure. */
export function tailOf(events: HistoryEvents): string {
  return events
    .slice(-lastTold)
    .map(({ eventId, eventTime, ...event }) => {
      const [kind = 'event'] = Object.entries(event).flatMap(([key, value]) =>
        key.endsWith('Attributes') && value ? [key.replace('EventAttributes', '')] : [],
      );
      return `${eventId?.toString()} ${kind} at ${new Date(millisecondsOf(eventTime)).toISOString()}`;
    })
    .join(', ');
}
