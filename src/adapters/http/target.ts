/**
 * A target behind HTTP: any platform that speaks this contract can be paused and resumed by Forbear. All requests carry
 * `Authorization: Bearer`, every POST an `Idempotency-Key`; all bodies are JSON. `:ref` is the app's name of the account.
 *
 *   GET  /accounts/:ref/resources?cursor=  → 200 {resources: [{id, kind}], next: cursor | null}, also those that are off
 *   GET  /accounts/:ref/resources/:id      → 200 {state, probe, drained}; state: JSON object that `resume` understands;
 *                                            probe: serving | off_and_locked | off | in_between
 *   POST …/:id/drain                       → 2xx at once; the GET says `drained: true` when no work is left
 *   POST …/:id/pause, /lock, /unlock       → 2xx when it is in force
 *   POST …/:id/resume {state}              → 2xx; puts exactly this state back, undoes the drain, leaves the lock
 *   POST …/:id/archive                     → 2xx {location}
 *   POST …/:id/decommission                → 2xx
 *
 * Every POST may come again and then changes nothing. A resource that is no more: 404 {error: {code: "gone"}}; a 404
 * without that body is a refusal, because a wrong base URL answers so too. 408, 425, 429, 5xx, silence, and answers that
 * are not of this contract mean "ask later" (`TARGET_UNAVAILABLE`); all else that isn't 2xx means "no" (`TARGET_REFUSED`).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { PortError } from '../../ports/errors.js';
import type { Resource, Target, TargetAccount } from '../../ports/target.js';
import { createHttpClient } from './client.js';

const pageSchema = z.object({
  resources: z.array(z.object({ id: z.string().min(1), kind: z.string().min(1) })),
  next: z.string().min(1).nullable(),
});
const resourceSchema = z.object({
  state: z.record(z.string(), z.unknown()),
  probe: z.enum(['serving', 'off_and_locked', 'off', 'in_between']),
  drained: z.boolean(),
});
const archiveSchema = z.object({ location: z.string().min(1) });

export type HttpTargetOptions = {
  readonly name: string;
  readonly base: string;
  readonly token: string;
  readonly timeoutMs?: number | undefined;
};

const defaultTimeoutMs = 10_000;
const drainPollMs = 250;
// A platform that never says "last page" must not hold a worker for ever; at 100 a page this is 100,000 resources.
const mostPages = 1_000;

/** Acts on the platform at `base`. Every method is one request, but `find` (one a page) and `drain` (polls). */
export function createHttpTarget(options: HttpTargetOptions): Target {
  const { name, base, token, timeoutMs = defaultTimeoutMs } = options;
  const client = createHttpClient({ name, base, token, timeoutMs });
  const pathOf = (account: TargetAccount, { id }: Resource) => ['accounts', account.ref, 'resources', id];

  const parse = <T>(schema: z.ZodType<T>, body: unknown): T => {
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    throw new PortError('TARGET_UNAVAILABLE', `${name}: the answer is not of the contract`, {
      cause: parsed.error,
    });
  };
  const read = async (account: TargetAccount, resource: Resource, signal?: AbortSignal) => {
    const path = pathOf(account, resource);
    const answer = await client.send({ method: 'GET', path, ...(signal === undefined ? {} : { signal }) });
    return answer.gone ? null : parse(resourceSchema, answer.body);
  };
  const order = async (account: TargetAccount, resource: Resource, action: string, body?: unknown) =>
    await client.send({ method: 'POST', path: [...pathOf(account, resource), action], body });

  return {
    name,
    async find(account) {
      const found: Resource[] = [];
      let cursor: string | null = null;
      for (let page = 0; page < mostPages; page += 1) {
        const { resources, next }: z.infer<typeof pageSchema> = await readPage(account, cursor);
        found.push(...resources);
        if (next === null) return found;
        cursor = next;
      }
      throw new PortError('TARGET_UNAVAILABLE', `${name}: the list of resources has no end`);
    },
    async snapshot(account, resource) {
      return (await read(account, resource))?.state ?? null;
    },
    async drain(account, resource, signal) {
      signal.throwIfAborted();
      await client.send({ method: 'POST', path: [...pathOf(account, resource), 'drain'], signal });
      // As long as it takes: how long a drain may last is the caller's to say, by his signal.
      while ((await read(account, resource, signal))?.drained === false) {
        await sleep(drainPollMs, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    },
    async pause(account, resource) {
      await order(account, resource, 'pause');
    },
    async lock(account, resource) {
      await order(account, resource, 'lock');
    },
    async probe(account, resource) {
      return (await read(account, resource))?.probe ?? 'gone';
    },
    async resume(account, resource, state) {
      await order(account, resource, 'resume', { state });
    },
    async unlock(account, resource) {
      await order(account, resource, 'unlock');
    },
    async archive(account, resource) {
      const answer = await order(account, resource, 'archive');
      if (!answer.gone) return parse(archiveSchema, answer.body);
      throw new PortError('TARGET_REFUSED', `${name}: nothing is left of ${resource.id} to archive`);
    },
    async decommission(account, resource) {
      await order(account, resource, 'decommission');
    },
  };

  async function readPage(
    account: TargetAccount,
    cursor: string | null,
  ): Promise<z.infer<typeof pageSchema>> {
    const query = cursor === null ? {} : { query: { cursor } };
    const answer = await client.send({
      method: 'GET',
      path: ['accounts', account.ref, 'resources'],
      ...query,
    });
    if (!answer.gone) return parse(pageSchema, answer.body);
    throw new PortError('TARGET_REFUSED', `${name}: the platform does not know the account`);
  }
}
