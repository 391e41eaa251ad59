import { z } from 'zod';
import type { InstanceSeen, Size } from './scene.js';

const instance = z.object({
  id: z.string(),
  size: z.number(),
  locked: z.boolean(),
  draining: z.boolean(),
  serving: z.boolean(),
});
const listSchema = z.object({ instances: z.array(instance) });

/** The hosting platform as its customers use it. */
export type Platform = {
  instances(ref: string): Promise<InstanceSeen[]>;
  create(ref: string, size: Size): Promise<void>;
  /** Tries to change a size; false when the platform says that it is locked. */
  scale(ref: string, size: Size): Promise<boolean>;
  /** How long running work takes to end. */
  setDrainMs(ref: string, drainMs: number): Promise<void>;
};

export function createPlatform(base: string): Platform {
  const ask = async (method: string, path: string, body?: unknown) => {
    const headers = { 'content-type': 'application/json' };
    const content = body === undefined ? {} : { headers, body: JSON.stringify(body) };
    const response = await fetch(`${base}/customer/${path}`, {
      method,
      ...content,
      signal: AbortSignal.timeout(5_000),
    });
    if (!response.ok && response.status !== 423)
      throw new Error(`the platform answered ${response.status} to ${path}`);
    return response;
  };
  return {
    instances: async (ref) => listSchema.parse(await (await ask('GET', `${ref}/instances`)).json()).instances,
    create: async (ref, size) => {
      await ask('POST', `${ref}/instances`, { ...size, plan: 'standard' });
    },
    scale: async (ref, { id, size }) => (await ask('PUT', `${ref}/instances/${id}`, { size })).ok,
    setDrainMs: async (ref, drainMs) => {
      await ask('PUT', `${ref}/settings`, { drainMs });
    },
  };
}
