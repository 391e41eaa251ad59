import { setTimeout as sleep } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';

export type HistoryEvents = NonNullable<
  Awaited<
    ReturnType<ReturnType<TestWorkflowEnvironment['client']['workflow']['getHandle']>['fetchHistory']>
  >['events']
>;

type HistoryEvent = HistoryEvents[number];

/** Every workflow task and every activity has its end in the history. */
export function isQuiet(events: HistoryEvents): boolean {
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
  return open === 0 && !events.some((event) => isAboutToFire(event, events));
}

/** A case that looks again in a moment has not come to rest: an order that meets this look would cancel it. */
function isAboutToFire({ timerStartedEventAttributes: timer }: HistoryEvent, events: HistoryEvents): boolean {
  if (!timer || Number(timer.startToFireTimeout?.seconds ?? 0) > 0) return false;
  return !events.some(({ timerFiredEventAttributes: fired, timerCanceledEventAttributes: canceled }) =>
    [fired?.timerId, canceled?.timerId].includes(timer.timerId ?? undefined),
  );
}

const lookEveryMs = 20;

/** Looks again and again until something has come true in the other processes. */
export async function until(isTrue: () => boolean | Promise<boolean>, patienceMs = 20_000): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!(await isTrue())) {
    if (Date.now() > deadline)
      throw new Error(`still not true after ${patienceMs / 1000} s: ${isTrue.toString()}`);
    await sleep(lookEveryMs);
  }
}
