import { z } from 'zod';
import { typesAskedFor } from '../dispatcher/classify.js';
import { DevFailure } from './failure.js';

const description = 'forbear dev';
const listSchema = z.object({
  data: z.array(z.object({ id: z.string(), url: z.string(), description: z.string().nullish() })),
});

/** Sees to it that the Stripe fake delivers to this api, to it once, even when the api's port has changed. */
export async function ensureEndpoint(base: string, key: string, url: string): Promise<void> {
  const { data } = listSchema.parse(await ask(base, key, 'GET', '?limit=100'));
  const mine = data.find((one) => one.url === url) ?? data.find((one) => one.description === description);
  const fields = new URLSearchParams([
    ['url', url],
    ['description', description],
  ]);
  typesAskedFor.forEach((event, index) => fields.append(`enabled_events[${index}]`, event));
  // One that was disabled while the api was away is enabled again.
  if (mine !== undefined) fields.append('disabled', 'false');
  await ask(base, key, 'POST', mine === undefined ? '' : `/${encodeURIComponent(mine.id)}`, fields);
}

async function ask(
  base: string,
  key: string,
  method: string,
  path: string,
  body?: URLSearchParams,
): Promise<unknown> {
  const response = await fetch(`${base}/v1/webhook_endpoints${path}`, {
    method,
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(10_000),
    ...(body === undefined ? {} : { body }),
  });
  if (response.ok) return response.json();
  throw new DevFailure(
    `The Stripe fake refused the webhook endpoint (${response.status} ${await response.text()}).`,
  );
}
