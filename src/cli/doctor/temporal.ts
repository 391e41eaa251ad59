import type { Client } from '@temporalio/client';
import { registeredAttributes } from '../../../workflows/messages.js';
import type { readTemporalConfig } from '../../config.js';
import { connectTemporal } from '../../temporal.js';
import { readPolls } from '../../watch/workers.js';
import { broken, ok, type Diagnosis } from './diagnosis.js';

type TemporalConfig = ReturnType<typeof readTemporalConfig>;

// The client's own retries go on for twenty seconds, and the command could not end before them.
const patienceMs = 8_000;

/** Namespace, search attributes, and whether workers are there. */
export async function lookAtTemporal(config: TemporalConfig): Promise<readonly Diagnosis[]> {
  const client = connectTemporal(config);
  const { connection } = client;
  try {
    return await connection.withDeadline(Date.now() + patienceMs, () => look(client, config));
  } finally {
    await connection.close();
  }
}

async function look(client: Client, { namespace }: TemporalConfig): Promise<readonly Diagnosis[]> {
  await client.connection.workflowService.describeNamespace({ namespace });
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
  const missing = registeredAttributes.filter(({ name }) => !(name in (customAttributes ?? {})));
  const commands = missing.map(({ name, type }) => `--name ${name} --type ${type}`).join(' ');
  return [
    ok('temporal', `answers, with the namespace ${namespace}`),
    missing.length > 0
      ? broken(
          'search attributes',
          `${missing.map(({ name }) => name).join(', ')} are missing`,
          `temporal operator search-attribute create ${commands}`,
        )
      : ok('search attributes', 'are registered'),
    ...(await readPolls(client, namespace)).map(({ queue, at }) => workersOf(queue, at.length)),
  ];
}

function workersOf(queue: string, count: number): Diagnosis {
  const part = `worker of "${queue}"`;
  return count === 0
    ? broken(part, 'nobody works there: cases stand still, and payers wait', 'start forbear worker')
    : ok(part, `${count} at work`);
}
