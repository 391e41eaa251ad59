import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { PortError } from '../../ports/errors.js';
import type { Resource, TargetAccount, TargetOrder } from '../../ports/target.js';
import type { HttpAnswer, HttpClient } from './client.js';
import { operations, type OrderName } from './operations.js';
import { locationShape, pageShape, readingShape, resourceShape } from './shapes.js';

/** The platform that one target acts on. */
export type HttpPlatform = { readonly name: string; readonly client: HttpClient };

export type SeenResource = z.infer<typeof resourceShape>;

const drainPollMs = 250;
// A platform that never says "last page" must not hold a worker for ever; at 100 a page this is 100,000 resources.
const mostPages = 1_000;

/** What the platform says of one resource now; `null` when it is gone. */
export async function look(
  { name, client }: HttpPlatform,
  { ref }: TargetAccount,
  { id }: Resource,
  signal?: AbortSignal,
): Promise<SeenResource | null> {
  const answer = await client.send({ operation: operations.read, ref, id, signal });
  return answer.gone ? null : parse(name, resourceShape, answer.body);
}

/** Gives one order; a resource that is gone is left to the caller to judge. */
export async function order(
  { client }: HttpPlatform,
  { ref, fence }: TargetOrder,
  { id }: Resource,
  name: OrderName,
  { body, signal }: { readonly body?: unknown; readonly signal?: AbortSignal } = {},
): Promise<HttpAnswer> {
  return await client.send({ operation: operations[name], ref, id, fence, body, signal });
}

/** Reads the account's list to its last page. */
export async function listAll(platform: HttpPlatform, account: TargetAccount): Promise<readonly Resource[]> {
  const found: Resource[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < mostPages; page += 1) {
    const { resources, next }: z.infer<typeof pageShape> = await readPage(platform, account, cursor);
    found.push(...resources);
    if (next === null) return found;
    cursor = next;
  }
  throw new PortError('TARGET_UNAVAILABLE', `${platform.name}: the list of resources has no end`);
}

async function readPage({ name, client }: HttpPlatform, { ref }: TargetAccount, cursor: string | null) {
  const query = cursor === null ? {} : { query: { cursor } };
  const answer = await client.send({ operation: operations.list, ref, ...query });
  if (!answer.gone) return parse(name, pageShape, answer.body);
  throw new PortError('TARGET_REFUSED', `${name}: the platform does not know the account`);
}

/** Begins the drain and waits for its end. */
export async function drain(
  platform: HttpPlatform,
  account: TargetOrder,
  resource: Resource,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  await order(platform, account, resource, 'drain', { signal });
  // As long as it takes: how long a drain may last is the caller's to say, by his signal.
  while ((await look(platform, account, resource, signal))?.drained === false) {
    await sleep(drainPollMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

export async function archive(
  platform: HttpPlatform,
  account: TargetOrder,
  resource: Resource,
): Promise<{ readonly location: string }> {
  const answer = await order(platform, account, resource, 'archive');
  if (!answer.gone) return parse(platform.name, locationShape, answer.body);
  throw new PortError('TARGET_REFUSED', `${platform.name}: nothing is left of ${resource.id} to archive`);
}

/** Has the platform read an archive back. What can't be understood is no proof, but may be asked for again. */
export async function readBack(
  { name, client }: HttpPlatform,
  { ref }: TargetAccount,
  { id }: Resource,
  location: string,
): Promise<string> {
  const answer = await client.send({ operation: operations.verifyArchive, ref, id, body: { location } });
  const reading = answer.gone
    ? { readable: false as const, reason: 'there is none' }
    : parse(name, readingShape, answer.body);
  if (reading.readable) return reading.evidence;
  throw new PortError('NOT_VERIFIED', `${name}: the archive of ${id} can't be read back: ${reading.reason}`);
}

/** What was answered, when it is of the contract; else `TARGET_UNAVAILABLE`. */
export function parse<T>(name: string, schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new PortError('TARGET_UNAVAILABLE', `${name}: the answer is not of the contract`, {
    cause: parsed.error,
  });
}
