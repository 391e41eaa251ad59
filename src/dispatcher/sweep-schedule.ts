import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { sweepType, workflowTaskQueue, type SweepEnding, type SweepStart } from '../../workflows/messages.js';
import { MINUTE_MS, SECOND_MS } from '../domain/time.js';

export const sweepScheduleId = 'forbear-sweep';

const patienceMs = 10 * SECOND_MS;
// Of a sweep that a person orders: how long it may take.
const usualMs = 15 * MINUTE_MS;

/** How a sweep is started, by the schedule or by a person. */
export function sweepStart(everyMs = usualMs) {
  const start: SweepStart = { everyMs };
  return {
    taskQueue: workflowTaskQueue,
    args: [start] as [SweepStart],
    // One that hangs would keep off all that follow it.
    workflowExecutionTimeout: 2 * everyMs,
  };
}

export type Sweep = (start: SweepStart) => Promise<SweepEnding>;

/** The sweep that is under way, or a new one: two at a time would ask Stripe for the same, at twice the rate. */
export async function startSweep({ workflow }: Client): Promise<WorkflowHandle<Sweep>> {
  const query = `WorkflowType = '${sweepType}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId } of workflow.list({ query, pageSize: 1 }))
    return workflow.getHandle<Sweep>(workflowId);
  return workflow.start<Sweep>(sweepType, {
    workflowId: `${sweepType}/now`,
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    ...sweepStart(),
  });
}

/**
 * Has Temporal start a sweep every so often, or never for 0. Safe to repeat, and for every worker to do: the newest setting
 * counts. Whether a person has paused the schedule stays as it is.
 */
export async function keepSweepSchedule(client: Client, everyMs: number): Promise<void> {
  await client.connection.withDeadline(Date.now() + patienceMs, () =>
    everyMs === 0 ? endSchedule(client) : setSchedule(client, everyMs),
  );
}

async function setSchedule({ schedule }: Client, everyMs: number): Promise<void> {
  const options = {
    spec: { intervals: [{ every: everyMs }] },
    action: {
      type: 'startWorkflow' as const,
      workflowType: sweepType,
      workflowId: sweepType,
      ...sweepStart(everyMs),
    },
    // After an outage one is made up for, and never two at a time.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: everyMs },
  };
  try {
    await schedule.create({ scheduleId: sweepScheduleId, ...options });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await schedule.getHandle(sweepScheduleId).update(({ state }) => ({ ...options, state }));
  }
}

async function endSchedule({ schedule }: Client): Promise<void> {
  await schedule
    .getHandle(sweepScheduleId)
    .delete()
    .catch((error: unknown) => {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    });
}
