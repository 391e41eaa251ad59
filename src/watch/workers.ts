import type { Client } from '@temporalio/client';
import { effectTaskQueue, workflowTaskQueue } from '../../workflows/messages.js';
import { MINUTE_MS, SECOND_MS } from '../domain/time.js';
import type { Alert } from '../ports/alerts.js';
import { deepestReason } from '../ports/errors.js';
import { lookOf, type Look } from './look.js';

const patienceMs = 5 * SECOND_MS;
// Whoever has polled within it is there; a poll is held open for a minute.
const recentMs = 2 * MINUTE_MS;

// As Temporal's protocol numbers them: a queue's workers ask for workflow tasks, or for activity tasks.
const queues = [
  { name: workflowTaskQueue, kind: { taskQueueType: 1 } },
  { name: effectTaskQueue, kind: { taskQueueType: 2 } },
] as const;

/** Whether Temporal answers, and somebody works there. Never throws. */
export async function lookAtWorkers(client: Client, namespace: string, now: number): Promise<Look> {
  const { connection } = client;
  try {
    const polls = await connection.withDeadline(now + patienceMs, () => readPolls(client, namespace));
    const idle = polls.filter(({ at }) => now - Math.max(0, ...at) > recentMs).map(({ queue }) => queue);
    return lookOf(['temporal_down', 'worker_dead'], [idle.length > 0 ? deadWorker(idle) : null]);
  } catch (error) {
    return lookOf(['temporal_down'], [temporalDown(deepestReason(error))]);
  }
}

/** When each worker of each task queue last asked for work. Rejects when Temporal can't be asked. */
export function readPolls(client: Client, namespace: string) {
  return Promise.all(
    queues.map(async ({ name, kind }) => {
      const { pollers } = await client.connection.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name },
        // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- The enum's package is none of ours.
        ...kind,
      });
      const at = (pollers ?? []).map(
        ({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * SECOND_MS,
      );
      return { queue: name, at };
    }),
  );
}

const temporalDown = (reason: string): Alert => ({
  key: 'temporal_down',
  severity: 'page',
  title: 'Temporal does not answer',
  text: `Cases stand still: nothing is taken, and nothing is given back. Events are kept until it is back. It was asked for its workers: ${reason}.`,
  remedy: 'See to Temporal; forbear doctor says what it answers.',
});

const deadWorker = (idle: readonly string[]): Alert => ({
  key: 'worker_dead',
  severity: 'page',
  title: `nobody works on ${idle.map((name) => `“${name}”`).join(' and ')}`,
  text: 'No worker has asked Temporal for work for two minutes: cases stand still, and payers wait.',
  remedy: 'Start forbear worker, or see in its log why it ended.',
});
