import { randomUUID } from 'node:crypto';
import type { ApiConfig, WorkerConfig } from '../../config.js';
import { asAccountId } from '../../domain/ids.js';
import { openTarget } from '../../wiring-targets.js';
import { smtpCheck } from '../../wiring.js';
import { broken, ok, type Diagnosis } from './diagnosis.js';

export async function lookAtMail(url: string): Promise<readonly Diagnosis[]> {
  await smtpCheck(url)();
  return [ok('mail', 'the server takes a connection')];
}

/** Whether a platform, or a database, answers us. It is asked for an account that nobody has. */
export async function lookAtTarget(target: WorkerConfig['targets'][number]): Promise<readonly Diagnosis[]> {
  const part = `platform ${target.name}`;
  const nobody = { id: asAccountId(randomUUID()), ref: `forbear-doctor-${randomUUID()}` };
  const found = await openTarget(target).find(nobody);
  return [
    found.length > 0
      ? broken(
          part,
          'has resources of an account that does not exist',
          'see that it looks for the account: forbear targets verify',
        )
      : ok(part, 'answers; forbear targets verify holds it to the contract'),
  ];
}

/** Whether the api answers where people and Stripe are sent. */
export async function lookAtApi({ links, host, port }: ApiConfig): Promise<readonly Diagnosis[]> {
  const url = links?.publicUrl ?? `http://${host}:${port}`;
  const response = await fetch(`${url}/readyz`, { redirect: 'error' });
  const body = (await response.json()) as { readonly missing?: unknown };
  if (response.ok) return [ok('api', `is ready at ${url}`)];
  const missing = Array.isArray(body.missing)
    ? body.missing.map(String).join(', ')
    : `answer ${response.status}`;
  return [
    broken(
      'api',
      `answers at ${url} and misses ${missing}`,
      'see to these parts; what is said of them here helps',
    ),
  ];
}
