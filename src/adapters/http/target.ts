/**
 * A target behind HTTP: any platform that speaks the contract of `operations.ts` can be paused and resumed by Forbear;
 * docs/http-target.md tells it in words. Every POST carries an `Idempotency-Key`, may come again and then changes nothing;
 * every order carries `Forbear-Fence`, the number of its claim.
 *
 * A resource that is no more: 404 {error: {code: "gone"}}; of an archive this means `NOT_VERIFIED`, as `readable: false`
 * does. A 404 without that body is a refusal, because a wrong base URL answers so too. 409 {error: {code: "fenced"}}, 408,
 * 425, 429, 5xx, silence, and answers that are not of this contract mean "ask later" (`TARGET_UNAVAILABLE`); all else that
 * isn't 2xx means "no" (`TARGET_REFUSED`).
 */
import type { Resource, Target, TargetOrder } from '../../ports/target.js';
import { createHttpClient } from './client.js';
import type { DoorOptions } from './door.js';
import type { OrderName } from './operations.js';
import { inspect } from './inspect.js';
import { archive, drain, listAll, look, order, readBack, type HttpPlatform } from './platform.js';
import { createWire } from './wire.js';

export type HttpTargetOptions = DoorOptions & {
  readonly name: string;
  readonly base: string;
  readonly token: string;
  /** `whsec_…`: with it every request is signed. */
  readonly secret?: string | undefined;
  readonly timeoutMs?: number | undefined;
};

/** How long Forbear waits for one answer. */
export const defaultTimeoutMs = 10_000;

/** Acts on the platform at `base`. Every method is one request, but `find` (one a page) and `drain` (polls). */
export function createHttpTarget(options: HttpTargetOptions): Target {
  const { name, timeoutMs = defaultTimeoutMs } = options;
  const platform: HttpPlatform = {
    name,
    client: createHttpClient({ name, ...createWire({ ...options, timeoutMs }) }),
  };
  // Who is told that a resource is gone has nothing to do any more.
  const act = (name: OrderName) => async (account: TargetOrder, resource: Resource) => {
    await order(platform, account, resource, name);
  };
  return {
    name,
    find: (account) => listAll(platform, account),
    snapshot: async (account, resource) => (await look(platform, account, resource))?.state ?? null,
    probe: async (account, resource) => (await look(platform, account, resource))?.probe ?? 'gone',
    drain: (account, resource, signal) => drain(platform, account, resource, signal),
    pause: act('pause'),
    lock: act('lock'),
    unlock: act('unlock'),
    resume: async (account, resource, state) => {
      await order(platform, account, resource, 'resume', { body: { state } });
    },
    archive: (account, resource) => archive(platform, account, resource),
    verifyArchive: (account, resource, location) => readBack(platform, account, resource, location),
    decommission: act('decommission'),
    inspect: () => inspect(platform, options),
  };
}
