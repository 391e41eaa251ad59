import type { ApiConfig } from '../../config.js';
import { openDatabase } from '../../db/client.js';
import { listAlerts, type AlertRow } from '../../db/queries/alerts.js';
import { formatInstant } from '../../domain/time.js';
import { broken, ok, warning, type Diagnosis } from './diagnosis.js';

/** Who is told of alerts, and what is open. */
export async function lookAtAlerts({
  databaseUrl,
  alerts,
}: Pick<ApiConfig, 'databaseUrl' | 'alerts'>): Promise<readonly Diagnosis[]> {
  const database = openDatabase(databaseUrl, 1);
  try {
    const open = await listAlerts(database.db);
    return [channelsOf(alerts), ...open.map(openAlert)];
  } finally {
    await database.close();
  }
}

function channelsOf(alerts: ApiConfig['alerts']): Diagnosis {
  const names = alerts.map(({ name }) => name).join(', ');
  return alerts.length === 0
    ? warning(
        'alerts',
        'stand in the log only: nobody is woken when something is wrong',
        'name a channel in forbear.yaml, see docs/alerts.md',
      )
    : ok('alerts', `are told to ${names} and the log; forbear alert test tries it`);
}

function openAlert({ key, severity, title, text, remedy, since }: AlertRow): Diagnosis {
  const found = `${title}, since ${formatInstant(since.getTime())}: ${text}`;
  return (severity === 'page' ? broken : warning)(`alert ${key}`, found, remedy);
}
