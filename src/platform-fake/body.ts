import type { Context } from 'hono';

/** The JSON that came in, or `null` where there is none. */
export async function bodyOf(c: Context): Promise<unknown> {
  return await c.req.json<unknown>().catch(() => null);
}
