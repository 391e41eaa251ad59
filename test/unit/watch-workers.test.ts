import type { Client } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { MINUTE_MS, SECOND_MS } from '../../src/domain/time.js';
import { lookAtWorkers } from '../../src/watch/workers.js';
import { effectTaskQueue, workflowTaskQueue } from '../../workflows/messages.js';

const now = Date.UTC(2026, 10, 2, 9);

type Asked = { readonly taskQueue: { readonly name: string } };

/** A Temporal on whose task queues somebody last asked for work at these instants. */
function temporalWith(polls: Readonly<Record<string, readonly number[]>>): Client {
  const describeTaskQueue = ({ taskQueue }: Asked) => {
    const at = polls[taskQueue.name] ?? [];
    return Promise.resolve({ pollers: at.map((ms) => ({ lastAccessTime: { seconds: ms / SECOND_MS } })) });
  };
  const withDeadline = <T>(_: number, ask: () => Promise<T>) => ask();
  return { connection: { withDeadline, workflowService: { describeTaskQueue } } } as unknown as Client;
}

const keysOf = async (client: Client) =>
  (await lookAtWorkers(client, 'default', now)).found.map(({ key, severity }) => [key, severity]);
const ago = (ms: number) => [now - ms];

describe('the watch over the workers', () => {
  it('is silent while somebody has asked for work of either kind within two minutes', async () => {
    const polls = { [workflowTaskQueue]: ago(MINUTE_MS), [effectTaskQueue]: ago(2 * MINUTE_MS) };
    expect(await keysOf(temporalWith(polls))).toEqual([]);
  });

  it.each([
    ['nobody was ever there', {}],
    [
      'its last worker is dead',
      { [workflowTaskQueue]: ago(3 * MINUTE_MS), [effectTaskQueue]: ago(3 * MINUTE_MS) },
    ],
    [
      'only the effects have no worker',
      { [workflowTaskQueue]: ago(0), [effectTaskQueue]: ago(3 * MINUTE_MS) },
    ],
    ['only the cases have no worker', { [workflowTaskQueue]: ago(3 * MINUTE_MS), [effectTaskQueue]: ago(0) }],
  ])('P-10 wakes somebody when %s', async (_, polls) => {
    expect(await keysOf(temporalWith(polls))).toEqual([['worker_dead', 'page']]);
  });

  it('P-10 wakes somebody when Temporal does not answer, and says nothing of its workers then', async () => {
    const withDeadline = () => Promise.reject(new Error('connection refused'));
    const away = { connection: { withDeadline } } as unknown as Client;
    const look = await lookAtWorkers(away, 'default', now);
    expect(look.found).toMatchObject([{ key: 'temporal_down', severity: 'page' }]);
    expect(look.found[0]?.text).toContain('connection refused');
    expect(look.looked).toEqual(['temporal_down']);
  });
});
