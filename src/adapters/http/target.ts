/**
 * A target behind HTTP: any platform that speaks this contract can be paused and resumed by Forbear. All requests carry
 * `Authorization: Bearer`, every POST an `Idempotency-Key`; all bodies are JSON. `:ref` is the app's name of the account,
 * `:id` the resource's.
 *
 *   GET  /accounts/:ref/resources?cursor=  → 200 {resources: [{id, kind}], next: cursor | null}, also those that are off
 *   GET  /accounts/:ref/resources/:id      → 200 {state, probe, drained}; state: JSON object that `resume` understands;
 *                                            probe: serving | off_and_locked | off | in_between
 *   POST …/:id/drain                       → 2xx at once; the GET says `drained: true` when no work is left
 *   POST …/:id/pause, /lock, /unlock       → 2xx when it is in force
 *   POST …/:id/resume {state}              → 2xx; puts exactly this state back, undoes the drain, leaves the lock
 *   POST …/:id/archive                     → 2xx {location} once all of it is stored; it outlives the resource
 *   POST …/:id/decommission                → 2xx
 *   POST /accounts/:ref/archives/:id/verify {location}
 *                                          → 2xx {readable: true, evidence: "…"} when the whole archive was read again
 *                                            and is of this resource, else {readable: false, reason: "…"}; evidence is
 *                                            kept for years, so it names sizes and checksums and nobody
 *
 * Verifying stands beside `resources` and not below it: an archive outlives its resource, and a platform that answers
 * "gone" for everything below a deleted resource would deny an archive that is there.
 *
 * Every POST may come again and then changes nothing. A resource that is no more: 404 {error: {code: "gone"}}; of an
 * archive this means `NOT_VERIFIED`, as `readable: false` does. A 404 without that body is a refusal, because a wrong base
 * URL answers so too. 408, 425, 429, 5xx, silence, and answers that are not of this contract mean "ask later"
 * (`TARGET_UNAVAILABLE`); all else that isn't 2xx means "no" (`TARGET_REFUSED`).
 */
import type { Resource, Target, TargetAccount } from '../../ports/target.js';
import { createHttpClient } from './client.js';
import { archive, drain, listAll, look, order, readBack, type HttpPlatform } from './platform.js';

export type HttpTargetOptions = {
  readonly name: string;
  readonly base: string;
  readonly token: string;
  readonly timeoutMs?: number | undefined;
};

const defaultTimeoutMs = 10_000;

/** Acts on the platform at `base`. Every method is one request, but `find` (one a page) and `drain` (polls). */
export function createHttpTarget(options: HttpTargetOptions): Target {
  const { name, timeoutMs = defaultTimeoutMs } = options;
  const platform: HttpPlatform = { name, client: createHttpClient({ ...options, timeoutMs }) };
  // Who is told that a resource is gone has nothing to do any more.
  const act = (action: string) => async (account: TargetAccount, resource: Resource) => {
    await order(platform, account, resource, action);
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
  };
}
